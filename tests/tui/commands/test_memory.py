"""`detour memory`: what it counts, and a snapshot that real DVC takes into its cache."""

import json
import shutil
from pathlib import Path

import pytest

from tests.tui.toy import copy_toy, detour, dvc, shell


def line(text: str, translation: str, engine: str = "google", source: str = "fr") -> str:
    languages = {"source_language": source, "target_language": "en", "engine": engine}
    return json.dumps({**languages, "text": text, "translation": translation}) + "\n"


@pytest.fixture(scope="module")
def remembering(new_study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with two translations under version and three in the live memory, one of them in both."""
    folder = copy_toy(new_study, tmp_path_factory.mktemp("memory") / "study")
    live = folder / ".detour" / "memory"
    live.mkdir(parents=True)
    (folder / "data" / "memory.jsonl").write_text(line("un", "one") + line("deux", "two", "human").rstrip())
    (live / "fr.en.jsonl").write_text(line("un", "one, again") + line("trois", "wrong") + line("trois", "three"))
    (live / "de.en.jsonl").write_text(line("vier", "four", source="de"))
    dvc(folder, "add", "--quiet", "data")
    shell(folder, "git", "commit", "--quiet", "--all", "--message", "A memory")
    return folder


@pytest.fixture
def memory(remembering: Path, tmp_path: Path) -> Path:
    """A copy of the study that a test may change."""
    return copy_toy(remembering, tmp_path / "a study")


def test_counts_by_language_pair_and_engine(memory: Path) -> None:
    told = json.loads(detour(memory, "memory", "--json").stdout)
    assert (told["snapshot"], told["live"], told["new"]) == (2, 3, 2)
    assert {
        (pair["source_language"], pair["maker"]): (pair["snapshot"], pair["live"], pair["new"])
        for pair in told["pairs"]
    } == {
        ("de", "google"): (0, 1, 1),
        ("fr", "google"): (1, 2, 1),
        ("fr", "human"): (1, 0, 0),
    }
    said = detour(memory, "memory").stdout
    assert (
        "human" in said
        and "2 translations in the snapshot, 3 in the live memory, 2 of them new; `detour memory snapshot`" in said
    )


def test_a_snapshot_keeps_its_lines_takes_what_is_new_and_is_in_dvc(memory: Path) -> None:
    path = memory / "data" / "memory.jsonl"
    before = path.read_text()
    assert json.loads(detour(memory, "memory", "snapshot", "--json").stdout) == {
        "added": 2,
        "entries": 4,
        "path": str(path),
    }
    added = [json.loads(each) for each in path.read_text().removeprefix(before + "\n").splitlines()]
    assert [(each["text"], each["translation"]) for each in added] == [("vier", "four"), ("trois", "three")]
    assert shell(memory, "git", "status", "--porcelain").strip() == "M data.dvc"
    assert "up to date" in dvc(memory, "status", "data.dvc")
    shutil.rmtree(memory / "data")
    dvc(memory, "checkout", "--quiet", "data.dvc")
    assert path.read_text().startswith(before)
    committed = (memory / "data.dvc").read_bytes()
    said = detour(memory, "memory", "snapshot").stdout
    assert "0 translations added to data/memory.jsonl, which now holds 4" in said
    assert (memory / "data.dvc").read_bytes() == committed


def test_what_else_of_data_goes_into_dvc_is_named(memory: Path) -> None:
    (memory / "data" / "mine.csv").write_text("text,label\n")
    (memory / "data" / "README.md").unlink()
    said = detour(memory, "memory", "snapshot").stdout
    assert "Of data/ there went with it: data/mine.csv (added); data/README.md (deleted)." in said
    said = detour(memory, "memory", "snapshot").stdout
    assert "there went" not in said
    assert "0 translations added" in said and "commit it with `git add data.dvc && git commit`" in said


def test_a_study_without_a_snapshot_gets_one(memory: Path) -> None:
    (memory / "data" / "memory.jsonl").unlink()
    dvc(memory, "add", "--quiet", "data")
    assert json.loads(detour(memory, "memory", "snapshot", "--json").stdout)["added"] == 3


def test_a_snapshot_under_version_that_is_not_there_is_not_written_over(memory: Path) -> None:
    (memory / "data" / "memory.jsonl").unlink()
    assert "`dvc checkout data.dvc` restores it" in detour(memory, "memory", "snapshot", status=2).stderr
    assert not (memory / "data" / "memory.jsonl").exists()
    shutil.rmtree(memory / "data")
    assert "`dvc checkout` restores it" in detour(memory, "memory", "snapshot", status=2).stderr


@pytest.mark.parametrize("broken", ["data/memory.jsonl", ".detour/memory/fr.en.jsonl"])
def test_a_broken_line_is_one_sentence_and_changes_nothing(memory: Path, broken: str) -> None:
    path = memory / broken
    path.write_text('{"text": "\x1b[31m\n' + path.read_text())
    before = (memory / "data" / "memory.jsonl").read_bytes()
    for arguments in (["memory"], ["memory", "snapshot"]):
        said = detour(memory, *arguments, status=2).stderr
        assert f"{broken}, line 1 is not an entry" in said and said.count("\n") == 1
    assert (memory / "data" / "memory.jsonl").read_bytes() == before
    assert shell(memory, "git", "status", "--porcelain") == ""


def test_an_empty_memory_is_no_fault(study: Path) -> None:
    assert "0 translations in the snapshot, 0 in the live memory, 0 of them new." in detour(study, "memory").stdout
