"""One small real cell in every test run: MiniLM fine-tuned on real SMS messages, through the stages of the study."""

import os
from pathlib import Path

import pytest
import torch
from ruamel.yaml import YAML

from pipeline.checkout import main_checkout
from pipeline.files import read_json
from pipeline.stages import collect, encoder, finetune, overlap, prepare, pretrained, translate
from pipeline.study import load_study
from tui.runs.overrides import change_params

HERE = Path(__file__).parent
DATA = Path(os.environ.get("DETOUR_REAL_DATA") or main_checkout(HERE).parent / "shared" / "data")

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the public corpora are not at {DATA}; set DETOUR_REAL_DATA"),
]


def test_a_real_encoder_learns_real_spam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.set_num_threads(1)
    Path("data").mkdir()
    for name in ("memory.jsonl", "vocabulary.txt"):
        Path("data", name).write_text("", encoding="utf-8")
    Path("params.yaml").write_text((HERE.parents[1] / "params.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    change_params(Path("params.yaml"), HERE / "study.yaml", ["seeds=[1]", "training.target.epochs=3"])
    yaml = YAML()
    values = yaml.load(Path("params.yaml").read_text(encoding="utf-8"))
    values["starts"], values["sites"], values["corpora"] = {}, {}, {"sms_spam": values["corpora"]["sms_spam"]}
    values["classification"] = {"starts": ["pretrained"], "targets": ["sms_spam"]}
    values["sentiment"] = values["similarity"] = {"starts": [], "targets": []}
    source = values["corpora"]["sms_spam"]["source"][0]
    source["path"] = str(DATA / "sms_spam" / "sms_spam.csv.xz")
    values["corpora"]["sms_spam"]["sample"] = 300
    with Path("params.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(values, file)
    study = load_study()
    for stage in (collect, translate, prepare):
        stage.main(study, "sms_spam")
    pretrained.main(study, "classification")
    overlap.main(study, "sms_spam")
    encoder.main(study, "bert")
    finetune.main(study, "sms_spam", "pretrained", "bert")
    record = read_json("reports/cells/classification/sms_spam-pretrained-bert.json")
    assert record["floors"]["majority"] < 0.9 < record["accuracy"]["mean"]
    assert record["accuracy"]["low"] is None
    assert record["collapsed"] == []
