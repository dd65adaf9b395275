"""DVC's lock file as runs write it: the same bytes as DVC's own, in a fraction of the time."""

import re
from pathlib import Path
from typing import Any

import pytest
from dvc.schema import COMPILED_LOCKFILE_SCHEMA
from dvc.utils import strictyaml
from dvc.utils.serialize import YAMLFileCorruptedError, modify_yaml, parse_yaml

from tests.tui.toy import ROOT
from tui.runs.dvc import checking_once, quick, remembering, split

LONG = "Synthetic, in the place of names listed on the NYSE and NASDAQ, and of others: 'quoted', #not a comment"
ENTRY = {"cmd": "python -m pipeline.stages.gains", "deps": [{"path": "a b", "hash": "md5", "md5": "0" * 32, "size": 7}]}
PARSE = remembering(parse_yaml)
HEAD, *BLOCKS = re.split(r"(?m)^(?=  \S)", (ROOT / "dvc.lock").read_text())
# Some groups alone: DVC's own parser needs a second for twenty entries.
LOCKED = HEAD + "".join(block for block in BLOCKS if block.startswith(("  collect@", "  gains:", "  similarity@")))


def refuse(*_: Any, **__: Any) -> Any:
    raise AssertionError("left to DVC")


def changed(path: Path, modify: Any, name: str, entry: Any) -> str:
    with modify(str(path)) as data:
        data["stages"].update({name: entry})
    return path.read_text()


@pytest.mark.parametrize("name", ["gains", "collect@imdb", "new@stage", "no"])
def test_a_changed_entry_and_a_new_one_are_written_as_dvc_writes_them(tmp_path: Path, name: str) -> None:
    text = LOCKED
    one, other = tmp_path / "dvc.lock", tmp_path / "other.lock"
    one.write_text(text)
    other.write_text(text)
    entry = {
        **ENTRY,
        "params": {"params.yaml": {"corpora.x": {"citation": LONG, "labels": ["no", "1", ""], "empty": {}}}},
    }
    assert changed(one, quick(refuse, PARSE), name, entry) == changed(other, modify_yaml, name, entry) != text


def test_nothing_changed_is_nothing_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "dvc.lock"
    path.write_text(LOCKED)
    with quick(refuse, PARSE)(str(path)):
        pass
    assert path.read_text() == LOCKED


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
    assert changed(one, quick(modify_yaml, PARSE), "c", ENTRY) == changed(other, modify_yaml, "c", ENTRY)


def test_a_file_that_is_not_there_is_left_to_dvc(tmp_path: Path) -> None:
    path = tmp_path / "dvc.lock"
    with quick(modify_yaml, PARSE)(str(path)) as data:
        data.update({"schema": "2.0", "stages": {"a": ENTRY}})
    assert path.read_text().startswith("schema: '2.0'\nstages:\n  a:\n    cmd: python")


class TestParsing:
    """What DVC reads is what it reads by itself, and nobody else's change is in it."""

    @pytest.mark.parametrize("name", ["dvc.lock", "dvc.yaml", "params.yaml"])
    def test_the_projects_own_files(self, name: str) -> None:
        text = (ROOT / name).read_text()
        parse = remembering(parse_yaml)
        for _ in range(2):
            assert parse(text, name) == parse_yaml(text, name)

    def test_a_text_is_parsed_once_and_a_lock_files_entries_one_by_one(self) -> None:
        parsed: list[str] = []

        def noting(text: str, path: str) -> Any:
            parsed.append(text)
            return parse_yaml(text, path)

        parse = remembering(noting)
        head, one, two = "schema: '2.0'\nstages:\n", "  a:\n    cmd: x\n", "  b:\n    cmd: y\n"
        parse(head + one + two, "dvc.lock")["stages"]["a"]["cmd"] = "changed"
        assert parse(head + one, "dvc.lock") == {"schema": "2.0", "stages": {"a": {"cmd": "x"}}}
        parse("p: [1]", "params.yaml")["p"].append(2)
        assert parse("p: [1]", "params.yaml") == {"p": [1]}
        assert parsed == [one, two, "p: [1]"]

    @pytest.mark.parametrize(
        "entries", ["  a:\n    cmd: x\n  a:\n    cmd: y\n", "  a:\n    cmd: [x\n  b:\n    cmd: y\n"]
    )
    def test_a_broken_lock_file_is_refused_as_dvc_refuses_it(self, entries: str) -> None:
        text = "schema: '2.0'\nstages:\n" + entries
        causes = []
        for parse in (parse_yaml, PARSE):
            with pytest.raises(YAMLFileCorruptedError) as caught:
                parse(text, "dvc.lock")
            causes.append(str(caught.value.__cause__))
        assert causes[0] == causes[1]

    @pytest.mark.parametrize("entries", ["  - a\n", "  a: 1\n  b: []\n", "  a: &x {cmd: y}\n  b: *x\n"])
    def test_odd_entries_are_what_they_are(self, entries: str) -> None:
        text = "schema: '2.0'\nstages:\n" + entries
        assert PARSE(text, "dvc.lock") == parse_yaml(text, "dvc.lock")


class TestChecking:
    @pytest.fixture
    def looked(self) -> list[list[str]]:
        """The names of the entries that DVC's schema has looked at, by look."""
        return []

    @pytest.fixture
    def check(self, looked: list[list[str]]) -> Any:
        def schema(data: Any) -> Any:
            looked.append(list(data["stages"]))
            return COMPILED_LOCKFILE_SCHEMA(data)

        validate = checking_once(strictyaml.validate)
        return lambda text: validate(PARSE(text, "dvc.lock"), schema, text=text, path="dvc.lock")

    def test_each_entry_is_looked_at_once(self, check: Any, looked: list[list[str]]) -> None:
        entries = list(parse_yaml(LOCKED, "dvc.lock")["stages"])
        assert check(LOCKED) == check(LOCKED) == parse_yaml(LOCKED, "dvc.lock")
        check(LOCKED.replace("cmd: python -m pipeline.stages.gains", "cmd: python other"))
        assert looked == [entries, ["gains"]]

    def test_a_fault_is_told_as_dvc_tells_it_and_every_time(self, check: Any) -> None:
        check(LOCKED)
        wrong = LOCKED.replace("cmd: python -m pipeline.stages.gains", "cmd: {a: 1}")
        for _ in range(2):
            with pytest.raises(strictyaml.YAMLValidationError) as fault:
                check(wrong)
            assert fault.value.text == wrong

    def test_a_file_of_another_kind_is_looked_at_once_as_a_whole(self) -> None:
        seen: list[Any] = []
        validate = checking_once(lambda data, *_, **__: seen.append(data))
        for _ in range(2):
            validate({"a": 1}, None, text="a: 1", path="dvc.yaml")
        validate({"a": 1}, None)
        validate({"a": 1}, None)
        assert len(seen) == 3
