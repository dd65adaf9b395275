"""What `dvc plots show` and `dvc plots diff` draw of the learning curves."""

import csv
import io
import json
from pathlib import Path

import pytest
from dvc_render.vega import VegaRenderer
from ruamel.yaml import YAML

from pipeline.reporting.curves import read_curves

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = ROOT / ".dvc" / "plots"
CURVES = "seed,epoch,dev_accuracy,test_accuracy\n1,1,.5,.4\n1,2,.6,.5\n2,1,.7,.6\n"


def declared():
    """The properties of every plot in dvc.yaml, by stage."""
    stages = YAML(typ="safe").load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    return {name: next(iter(plot.values())) for name, stage in stages.items() for plot in stage.get("plots", ())}


@pytest.mark.parametrize("stage", ["intermediate", "classification", "sentiment", "similarity"])
def test_every_curve_is_drawn_by_seed(stage: str, tmp_path: Path) -> None:
    properties = {key: value for key, value in declared()[stage].items() if key != "cache"}
    rows = [{**row, "rev": rev} for rev in ("main", "short") for row in csv.DictReader(io.StringIO(CURVES))]
    path = tmp_path / "curves.csv"
    path.write_text(CURVES)
    assert read_curves(path), "the columns of this test are those of the curves"
    spec = VegaRenderer(rows, "curves.csv", template_dir=TEMPLATES, **properties).get_filled_template()
    assert "<DVC_METRIC" not in json.dumps(spec)
    assert spec["data"]["values"] == rows
    by_seed, mean = spec["layer"]
    assert {detail["field"] for detail in by_seed["encoding"]["detail"]} == {"rev", "seed"}
    assert mean["encoding"]["y"]["aggregate"] == "mean"
    assert spec["encoding"]["x"]["field"] == "epoch" and spec["encoding"]["color"]["field"] == "rev"
    fields = {layer["encoding"]["y"]["field"] for layer in spec["layer"]}
    assert len(fields) == 1 and fields <= rows[0].keys()
