"""Texts beside flips: those of the rows that were scored, or the reason why there are none."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from pipeline.errors import InputError
from tests.tui.evidence.studies import IF, commit_study, f_and_if, results, write_corpus
from tests.tui.history.repository import Repository, stage
from tui.evidence.comparison import read_side
from tui.evidence.texts import Texts, ask, wish_of
from tui.history.rows import History
from tui.journal import Journal


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "a study")
    cells = f_and_if()
    write_corpus(made.root, cells[0])
    commit_study(made, cells)
    return made


def texts(
    repository: Repository, revision: str = "main", rows: list[int] | None = None, journal: Journal | None = None
) -> Texts:
    history = History(repository.root)
    return ask(wish_of(history, read_side(history, revision, IF)), rows, journal)


def test_texts_come_from_the_working_tree(repository: Repository) -> None:
    journal = Journal()
    found = texts(repository, rows=[11], journal=journal)
    assert {row: example.text for row, example in found.by_row.items()} == {11: "text 11 of sms_spam"}
    assert found.warning == ""
    assert journal.entries[0].words[:3] == ("python", "-m", "pipeline.evidence.examples")
    assert journal.entries[0].status == 0


def test_a_wording_that_has_changed_since_is_said(repository: Repository) -> None:
    write_corpus(repository.root, f_and_if()[0], texts=[f"new {row}" for row in range(12)])
    found = texts(repository)
    assert found.by_row[0].text == "new 0"
    assert found.warning == (
        "The corpus has changed since main: ids and labels of the rows agree, their wording may not."
    )


def test_other_rows_are_refused_with_the_way_to_those_that_were_scored(repository: Repository) -> None:
    write_corpus(repository.root, results(IF, {1: [0] * 12}, gold=[1] * 12))
    with pytest.raises(
        InputError, match=r"holds other test rows than those that were scored. main has others: check it out"
    ):
        texts(repository)


def test_a_corpus_that_is_not_at_hand_says_how_to_get_it(repository: Repository) -> None:
    shutil.rmtree(repository.root / "corpora")
    with pytest.raises(InputError, match=r"`dvc pull corpora/ready/sms_spam` .* or `dvc repro prepare@sms_spam`"):
        texts(repository)


def test_texts_come_from_the_dvc_cache_by_the_hash_that_the_lock_records(repository: Repository) -> None:
    file = repository.root / "corpora/ready/sms_spam/test.parquet"
    content = file.read_bytes()
    md5 = hashlib.md5(content).hexdigest()
    listed = json.dumps([{"md5": md5, "relpath": "test.parquet"}])
    folder = hashlib.md5(listed.encode()).hexdigest()
    cache = repository.root / ".dvc" / "cache" / "files" / "md5"
    for name, data in ((md5, content), (f"{folder}.dir", listed.encode())):
        path = cache / name[:2] / name[2:]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    prepared = stage(outs={"corpora/ready/sms_spam": f"{folder}.dir"})
    lock = {"schema": "2.0", "stages": {"prepare@sms_spam": prepared}}
    repository.commit({"dvc.lock": json.dumps(lock, indent=1), ".gitignore": "/corpora\n/.dvc\n"})
    # The working tree has moved on to another wording, and then has no corpus at all.
    write_corpus(repository.root, f_and_if()[0], texts=[f"new {row}" for row in range(12)])
    repository.git("checkout", "-q", "reports")
    assert texts(repository).by_row[0].text == "text 0 of sms_spam"
    assert texts(repository).warning == ""
    shutil.rmtree(repository.root / "corpora")
    assert texts(repository).by_row[0].text == "text 0 of sms_spam"
