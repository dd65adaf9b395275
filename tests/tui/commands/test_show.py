"""`detour show` and `detour study`: what an experiment recorded, and what the study holds."""

import json
from pathlib import Path

from tests.tui.toy import detour, shell


class TestShow:
    def test_prints_the_table_and_the_gains_of_a_revision(self, finished: Path) -> None:
        assert detour(finished, "show").stdout == "# Table of report\n"
        assert json.loads(detour(finished, "show", "main", "--json").stdout)["stage"] == "gains"

    def test_nothing_in_a_table_speaks_to_the_terminal(self, finished: Path) -> None:
        (finished / "reports" / "table1.md").write_text("| a \x1b[31mred\x1b]0;title\x07 |\n")
        shell(finished, "git", "commit", "--quiet", "--all", "--message", "A hostile table")
        assert "\x1b" not in detour(finished, "show").stdout

    def test_a_note_comes_before_the_table_and_the_record_on_demand(self, finished: Path) -> None:
        assert "holds no record of a run" in detour(finished, "show", "HEAD~1", "--run", status=2).stderr
        record = {
            "schema": 1, "id": "20260301-100000-abcd", "name": "first", "note": "Why\x1b[2J?", "outcome": "failed",
            "who": {"name": "Ada"}, "machine": {"host": "box", "gpus": [{"name": "NVIDIA H100"}]}, "seconds": 12.5,
            "cells": {"measured": ["a"], "inherited": ["b", "c"]}, "stages": {"failed": {"encoder@bert": "no room"}},
        }  # fmt: skip
        (finished / "reports" / "run.json").write_text(json.dumps(record))
        shell(finished, "git", "add", "reports")
        shell(finished, "git", "commit", "--quiet", "--message", "A run")
        assert detour(finished, "show").stdout == "Note: Why\\x1b[2J?\n# Table of report\n"
        lines = dict(line.split(maxsplit=1) for line in detour(finished, "show", "--run").stdout.splitlines())
        assert lines == {
            "run": "20260301-100000-abcd failed", "name": "first", "note": "Why\\x1b[2J?", "seconds": "12.5",
            "by": "Ada on box, NVIDIA H100", "cells": "1 measured, 2 inherited", "failed": "encoder@bert: no room",
        }  # fmt: skip
        assert json.loads(detour(finished, "show", "--run", "--json").stdout) == record

    def test_an_unknown_revision_and_one_without_a_table_are_one_sentence(self, finished: Path) -> None:
        assert "names no branch, tag, experiment or commit" in detour(finished, "show", "nowhere", status=2).stderr
        shell(finished, "git", "rm", "--quiet", "reports/table1.md")
        shell(finished, "git", "commit", "--quiet", "--message", "No table")
        said = detour(finished, "show", status=2).stderr
        assert "HEAD holds no reports/table1.md" in said
        assert said.count("\n") == 1


class TestStudy:
    def test_lists_overlays_and_cells(self, finished: Path) -> None:
        listed = json.loads(detour(finished, "study", "list", "--json").stdout)
        assert listed["overlays"] == ["short"]
        assert len(listed["cells"]) == 8

    def test_an_overlay_that_makes_no_valid_study_changes_nothing(self, finished: Path) -> None:
        (finished / "studies" / "broken.yaml").write_text("seeds: [1, 1]\n")
        before = (finished / "params.yaml").read_bytes()
        said = detour(finished, "study", "use", "broken", status=2).stderr
        assert "params.yaml with broken.yaml: seeds lists 1 twice" in said
        assert (finished / "params.yaml").read_bytes() == before
