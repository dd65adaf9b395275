"""`detour advise`: one sentence, the options beneath, JSON, and faults of input."""

import json
import shutil
from pathlib import Path

import pytest

from tests.tui.toy import ROOT, detour, shell


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("advised") / "a study"
    folder.mkdir()
    shell(folder, "git", "init", "--quiet")
    (folder / ".dvc").mkdir()
    shutil.copy(ROOT / "params.yaml", folder)
    gain = {
        "task": "classification", "target": "sms_spam", "start": "imdb", "model": "bert", "comparable": True, "gain": 0.05,
        "low": 0.02, "high": 0.08, "verdict": "positive", "provisional": False, "negligible": False, "seeds": 5, "test_rows": 90,
    }  # fmt: skip
    (folder / "reports").mkdir()
    (folder / "reports" / "gains.json").write_text(json.dumps({"gains": {"classification/sms_spam/imdb/bert": gain}}))
    return folder


def test_it_says_what_to_do_and_why(study: Path) -> None:
    said = detour(study, "advise", "sms_spam").stdout
    assert said.startswith("Take the detour over imdb with bert for sms_spam: measured here: the gain is positive.\n")
    assert "+0.050 [+0.020, +0.080]" in " ".join(said.split())
    assert "the history is too small to say" in said


def test_json_has_every_option(study: Path) -> None:
    told = json.loads(detour(study, "advise", "goemotions", "--json").stdout)
    assert (told["advice"], told["history"]) == ("skip", {"gains": 1, "targets": ["sms_spam"]})
    assert [option["model"] for option in told["options"]] == ["bert", "roberta", "xlnet"]


def test_an_unknown_target_is_one_sentence(study: Path) -> None:
    done = detour(study, "advise", "spam", status=2)
    assert "There is no corpus 'spam'" in done.stderr
    assert "Traceback" not in done.stderr
