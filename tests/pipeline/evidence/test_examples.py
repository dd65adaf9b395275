"""The texts behind scored test rows: only those rows, checked by the record's hash."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.corpora.schema import Row, write_table
from pipeline.errors import InputError
from pipeline.evidence.examples import find_examples
from pipeline.files import digest


def rows(*ids: str, text: str = "text") -> list[Row]:
    return [Row(id, f"{text} {id}", None, "ham", "en", None, None, None, None) for id in ids]


def table(folder: Path, *ids: str, name: str = "test.parquet", text: str = "text") -> Path:
    write_table(folder / name, rows(*ids, text=text), Row)
    return folder / name


def hash_of(*ids: str) -> str:
    return digest({"ids": list(ids), "labels": ["ham"] * len(ids)})


class TestFinding:
    def test_rows_that_a_start_has_seen_are_left_out_as_they_were_when_scored(self, tmp_path: Path) -> None:
        overlap = {"starts": {"imdb": {"exact": ["b"], "near": []}}}
        found = find_examples([table(tmp_path, "a", "b", "c")], hash_of("a", "c"), overlap)
        assert [row.id for row in found.rows] == ["a", "c"]
        assert found.exact is None

    def test_another_order_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="holds other test rows than those that were scored"):
            find_examples([table(tmp_path, "b", "a")], hash_of("a", "b"))

    def test_the_table_that_was_tested_comes_before_one_with_other_words(self, tmp_path: Path) -> None:
        changed, kept = table(tmp_path, "a", text="new"), table(tmp_path, "a", name="cached")
        sha256 = hashlib.sha256(kept.read_bytes()).hexdigest()
        found = find_examples([changed, kept], hash_of("a"), None, sha256)
        assert (found.table, found.exact) == (kept, True)
        assert find_examples([changed], hash_of("a"), None, sha256).exact is False

    def test_nothing_at_hand_is_said(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="The test rows are not at hand"):
            find_examples([tmp_path / "none"], hash_of("a"))

    def test_a_damaged_table_is_named(self, tmp_path: Path) -> None:
        broken = tmp_path / "test.parquet"
        broken.write_text("no table")
        with pytest.raises(InputError, match="is not a table of this project"):
            find_examples([broken], hash_of("a"))


def ask(tmp_path: Path, wish: Any, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pipeline.evidence.examples", *words]
    text = wish if isinstance(wish, str) else json.dumps(wish)
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


class TestCommand:
    def test_the_rows_that_are_asked_for_come_as_json(self, tmp_path: Path) -> None:
        done = ask(tmp_path, {"rows": [1]}, "--test", hash_of("a", "b"), str(table(tmp_path, "a", "b")))
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        assert answer["rows"] == {
            "1": {
                "id": "b", "text": "text b", "text_pair": None, "label": "ham", "language": "en",
                "source_text": None, "source_text_pair": None, "translated_by": None,
            }
        }  # fmt: skip

    @pytest.mark.parametrize("wish", ["[", "[]", {"rows": ["x"]}, {"rows": [9]}, {"overlap": {"starts": [1]}}])
    def test_a_wish_that_is_none_is_one_sentence(self, tmp_path: Path, wish: Any) -> None:
        done = ask(tmp_path, wish, "--test", hash_of("a"), str(table(tmp_path, "a")))
        assert done.returncode == 2
        assert done.stderr.startswith("error: ")
        assert len(done.stderr.splitlines()) == 1
