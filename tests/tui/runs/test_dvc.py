"""DVC's lock file as runs write it: the same bytes as DVC's own, in a fraction of the time."""

from pathlib import Path
from typing import Any

import pytest
from dvc.utils.serialize import modify_yaml

from tests.tui.toy import ROOT
from tui.runs.dvc import quick, split

LONG = "Synthetic, in the place of names listed on the NYSE and NASDAQ, and of others: 'quoted', #not a comment"
ENTRY = {"cmd": "python -m pipeline.stages.gains", "deps": [{"path": "a b", "hash": "md5", "md5": "0" * 32, "size": 7}]}


def refuse(*_: Any, **__: Any) -> Any:
    raise AssertionError("left to DVC")


def changed(path: Path, modify: Any, name: str, entry: Any) -> str:
    with modify(str(path)) as data:
        data["stages"].update({name: entry})
    return path.read_text()


@pytest.mark.parametrize("name", ["gains", "collect@imdb", "new@stage", "no"])
def test_a_changed_entry_and_a_new_one_are_written_as_dvc_writes_them(tmp_path: Path, name: str) -> None:
    text = (ROOT / "dvc.lock").read_text()
    one, other = tmp_path / "dvc.lock", tmp_path / "other.lock"
    one.write_text(text)
    other.write_text(text)
    entry = {
        **ENTRY,
        "params": {"params.yaml": {"corpora.x": {"citation": LONG, "labels": ["no", "1", ""], "empty": {}}}},
    }
    assert changed(one, quick(refuse), name, entry) == changed(other, modify_yaml, name, entry) != text


def test_nothing_changed_is_nothing_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "dvc.lock"
    path.write_bytes((ROOT / "dvc.lock").read_bytes())
    with quick(refuse)(str(path)):
        pass
    assert path.read_bytes() == (ROOT / "dvc.lock").read_bytes()


@pytest.mark.parametrize(
    "text",
    [
        "# mine\nschema: '2.0'\nstages:\n  a:\n    cmd: x\n",
        "schema: '2.0'\nstages:\n  a:\n    cmd: x\n# mine\n  b:\n    cmd: y\n",
        "schema: '2.0'\nstages: {}\n",
        "schema: '2.0'\nstages:\n  a:\n    cmd: x\ndatasets: []\n",
        "schema: '2.0'\nstages:\n    a:\n      cmd: x\n",
    ],
)
def test_a_file_of_another_shape_is_left_to_dvc(tmp_path: Path, text: str) -> None:
    one, other = tmp_path / "dvc.lock", tmp_path / "other.lock"
    one.write_text(text)
    other.write_text(text)
    assert split(text) is None
    assert changed(one, quick(modify_yaml), "c", ENTRY) == changed(other, modify_yaml, "c", ENTRY)


def test_a_file_that_is_not_there_is_left_to_dvc(tmp_path: Path) -> None:
    path = tmp_path / "dvc.lock"
    with quick(modify_yaml)(str(path)) as data:
        data.update({"schema": "2.0", "stages": {"a": ENTRY}})
    assert path.read_text().startswith("schema: '2.0'\nstages:\n  a:\n    cmd: python")
