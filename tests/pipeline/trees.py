"""Trees with a stage or two, as tests of warm starts run them."""

import io
import json
import shutil
from pathlib import Path

import pyarrow as arrow
import pyarrow.parquet as parquet
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]


def make_tree(folder: Path, probe: str) -> Path:
    """A tree that holds the entry of stages, warm starts, and `pipeline.stages.probe`."""
    stages = folder / "pipeline" / "stages"
    stages.mkdir(parents=True)
    shutil.copytree(ROOT / "pipeline" / "warm", folder / "pipeline" / "warm")
    for name in ("pipeline/__init__.py", "pipeline/stages/__init__.py"):
        shutil.copy(ROOT / name, folder / name)
    (stages / "probe.py").write_text(probe)
    return folder


def make_cell(folder: Path, encoder: Path, probe: str) -> Path:
    """A tree with the whole pipeline and all that the cell sms_spam, pretrained, bert needs: one seed, one epoch."""
    shutil.copytree(ROOT / "pipeline", folder / "pipeline")
    (folder / "pipeline" / "stages" / "probe.py").write_text(probe)
    shutil.copytree(encoder, folder / "checkpoints" / "pretrained" / "bert")
    (folder / "params.yaml").write_text(_params())
    ready = folder / "corpora" / "ready" / "sms_spam"
    ready.mkdir(parents=True)
    for part, rows in (("train", 40), ("dev", 10), ("test", 20)):
        parquet.write_table(_rows(part, rows), ready / f"{part}.parquet")
    floors = {"majority": 0, "tfidf": [0, 1] * 10}
    (ready / "floors.json").write_text(json.dumps(floors))
    overlap = folder / "reports" / "overlap" / "classification" / "sms_spam.json"
    overlap.parent.mkdir(parents=True)
    overlap.write_text(json.dumps({"target": "sms_spam", "starts": {}}))
    return folder


def _rows(part: str, count: int) -> arrow.Table:
    good = [number % 2 == 0 for number in range(count)]
    columns = {
        "id": [f"{part}-{number}" for number in range(count)],
        "text": [f"the film was {'good' if kind else 'bad'}, {chr(97 + n % 26)}" for n, kind in enumerate(good)],
        "text_pair": [None] * count,
        "label": ["ham" if kind else "spam" for kind in good],
        "language": ["en"] * count,
    }
    schema = arrow.schema([(name, arrow.string()) for name in columns])
    return arrow.table(columns, schema=schema)


def _params() -> str:
    yaml = YAML()
    values = yaml.load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    values.update(models=["bert"], seeds=[1], starts={})
    values["training"]["target"].update(epochs=1, max_tokens=16)
    for task in ("classification", "sentiment", "similarity"):
        values[task] = {"starts": [], "targets": []}
    values["classification"] = {"starts": ["pretrained"], "targets": ["sms_spam"]}
    values["sites"] = {}
    values["corpora"] = {"sms_spam": values["corpora"]["sms_spam"]}
    stream = io.StringIO()
    yaml.dump(values, stream)
    return stream.getvalue()
