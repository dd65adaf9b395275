"""`detour experiments`: what it prints, for a person and for a program."""

import json
import math
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from pipeline.errors import InputError
from tests.tui.history.repository import IF, F, Repository, cell_path, md5, record, stage, study
from tui.commands.experiments import experiments
from tui.notebook import Notebook

app = typer.Typer(rich_markup_mode=None)
app.command()(experiments)
BOTH = {F: record(0.8), IF: record(0.9)}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    made = Repository(tmp_path / "study")
    monkeypatch.chdir(made.root)
    monkeypatch.setenv("COLUMNS", "80")
    return made


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def listed() -> dict[str, dict[str, object]]:
    done = run("--json")
    assert done.exit_code == 0
    assert done.stdout.isascii()
    return {row["name"]: row for row in json.loads(done.stdout)["experiments"]}


class TestTable:
    def test_a_line_tells_name_kind_date_base_counts_gain_and_message(self, repository: Repository) -> None:
        gains = json.dumps({"gains": {"a": {"comparable": True, "gain": 0.0123, "verdict": "inconclusive"}}})
        lock = {"gains": stage(outs={"reports/gains.json": md5(gains)})}
        repository.commit(study(cells=BOTH))
        repository.experiment(
            "try", {**study(cells={**BOTH, IF: record(0.95)}, stages=lock), "reports/gains.json": gains}, "go"
        )
        line = next(line for line in run().stdout.splitlines() if line.startswith("try"))
        assert line.split() == ["try", "experiment", "2026-03-01", "main", "1/1/0/0", "+0.012", "(1)", "go"]

    def test_stale_gains_are_called_so(self, repository: Repository) -> None:
        gains = json.dumps({"gains": {"a": {"comparable": True, "gain": -0.5, "verdict": "inconclusive"}}})
        repository.commit({**study(cells=BOTH), "reports/gains.json": gains})
        assert "-0.500 (1) stale" in run().stdout

    def test_every_line_fits_eighty_columns_and_no_letter_is_lost(self, repository: Repository) -> None:
        repository.commit(study(cells=BOTH))
        name = "n" * 120 + "-" + "m" * 99
        repository.experiment(name, {"x": "1"}, message="word " * 60)
        lines = run().stdout.splitlines()
        assert max(map(len, lines)) <= 80
        assert sum(line.count("n") for line in lines if line.startswith("n") and "name" not in line) >= 100
        assert "m" * 9 in "".join(line.split(" ")[0] for line in lines)

    def test_faults_are_told_below_the_table(self, repository: Repository) -> None:
        repository.commit(study(cells={F: record(0.8), IF: "{"}))
        done = run()
        assert done.exit_code == 0
        assert f"(!) main: {cell_path(IF)} is not JSON" in done.stdout

    def test_a_repository_without_commits_is_explained(self, repository: Repository) -> None:
        done = run()
        assert done.exit_code == 0
        assert "There is no commit yet" in done.stdout
        assert json.loads(run("--json").stdout) == {"experiments": []}

    def test_a_repository_without_dvc_lists_its_branches(self, repository: Repository) -> None:
        repository.commit({"README.md": "x"})
        done = run()
        assert done.exit_code == 0
        assert "0/0/0/0" in done.stdout
        assert "(!) main: There is no params.yaml." in done.stdout

    def test_outside_of_git_the_input_is_at_fault(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        with pytest.raises(InputError, match="is in no git repository"):
            run()


class TestText:
    """Names and messages are data."""

    def test_markup_in_names_and_messages_stays_text(self, repository: Repository) -> None:
        repository.commit(study(cells=BOTH))
        repository.experiment("try", {"x": "1"}, message="[bold]loud[/bold] :boom:")
        shown = " ".join(run().stdout.split())
        assert "[bold]loud[/bold]" in shown
        assert ":boom:" in shown

    def test_escape_sequences_are_shown_not_obeyed(self, repository: Repository) -> None:
        commit = repository.commit(study(cells=BOTH), message="\x1b[2Jgone\x1b]0;title\x07")
        repository.git("branch", "c1\u009b2J")
        repository.git("branch", "rtl\u202etxt")
        # git itself makes no name with an escape character; a damaged or hostile packed-refs may hold one.
        with (repository.root / ".git" / "packed-refs").open("a") as packed:
            packed.write(f"{commit} refs/heads/esc\x1b]0;x\x07\n")
        done = run()
        assert not set("\x1b\x07\u009b\u202e") & set(done.stdout)
        shown = "".join(done.stdout.split())
        for text in (r"\x1b[2Jgone\x1b]0;title\x07", r"c1\x9b2J", r"rtl\u202etxt"):
            assert text in shown

    @pytest.mark.parametrize("options", [(), ("--json",), ("--filter", "try"), ("--filter", "starred")])
    def test_a_broken_file_of_notes_is_told_in_one_line_and_kept(
        self, repository: Repository, options: tuple[str, ...]
    ) -> None:
        repository.commit(study(cells=BOTH))
        repository.experiment("try", study(cells=BOTH))
        notes = repository.root / ".git" / "detour" / "notes.json"
        notes.parent.mkdir()
        notes.write_text('{"schema": 1, "notes": {')
        done = run(*options)
        assert done.exit_code == 0
        assert done.stderr.startswith("Notes, stars and what is new are not known. ")
        assert str(notes) in done.stderr and "mend it, or move it away" in done.stderr and done.stderr.count("\n") == 1
        assert ("try" in done.stdout) is ("starred" not in options)
        assert notes.read_text() == '{"schema": 1, "notes": {'

    def test_names_of_three_hundred_letters_and_from_right_to_left_survive(self, repository: Repository) -> None:
        commit = repository.commit(study(cells=BOTH))
        # A part of a path has at most 255 bytes on disk; packed names have no such limit.
        names = ["x" * 300, "ניסוי-ראשון", "تجربة", "実験" * 20]
        with (repository.root / ".git" / "packed-refs").open("a", encoding="utf-8") as packed:
            packed.writelines(f"{commit} refs/heads/{name}\n" for name in sorted(names))
        assert set(names) <= set(listed())
        shown = run()
        assert shown.exit_code == 0
        assert "תנוסי" not in shown.stdout
        assert "ניסוי" in shown.stdout
        assert "".join(shown.stdout.split()).count("x" * 16) > 0


class TestJson:
    def test_the_schema(self, repository: Repository) -> None:
        base = repository.commit(study(cells=BOTH), message="first")
        changed = {**BOTH, IF: json.dumps({"accuracy": {"mean": math.nan}})}
        commit = repository.experiment("try", study(cells=changed), message="second")
        row = listed()["try"]
        assert set(row) == {
            "name", "kind", "ref", "commit", "base", "base_name", "date", "author", "message", "params", "counts",
            "cells", "gains", "problems", "run",
        }  # fmt: skip
        assert (row["kind"], row["commit"], row["base"], row["base_name"]) == ("experiment", commit, base, "main")
        assert row["date"] == "2026-03-01T12:00:00+01:00"
        assert row["counts"] == {"measured": 1, "inherited": 1, "stale": 0, "missing": 0}
        assert row["cells"] == {
            F: {"origin": "inherited", "why": "", "declared": True, "metrics": {"accuracy": 0.8, "macro_f1": 0.5}},
            IF: {"origin": "measured", "why": "", "declared": True, "metrics": {"accuracy": "nan", "macro_f1": None}},
        }
        assert row["gains"] == {"origin": "missing", "why": "", "comparable": 0, "mean": None, "verdicts": {}}
        assert row["problems"] == []

    def test_escape_sequences_are_data(self, repository: Repository) -> None:
        repository.commit(study(cells=BOTH), message="\x1b[2Jgone")
        assert listed()["main"]["message"] == "\x1b[2Jgone"


class TestFilter:
    @pytest.fixture
    def two(self, repository: Repository) -> Repository:
        repository.commit(study(cells=BOTH), date="2026-02-01T12:00:00+0100")
        repository.experiment("better", study(cells={**BOTH, IF: record(0.95)}))
        return repository

    def test_only_what_the_filter_chooses_is_listed(self, two: Repository) -> None:
        text = "metrics.accuracy>0.92 measured branch:main"
        found = json.loads(run("--json", "--filter", text).stdout)["experiments"]
        assert [row["name"] for row in found] == ["better"]
        shown = run("--filter", text).stdout
        assert "better" in shown and "2026-02-01" not in shown

    def test_nothing_chosen_is_said(self, two: Repository) -> None:
        done = run("--filter", "metrics.accuracy>2")
        assert done.exit_code == 0
        assert "No experiment passes the filter metrics.accuracy>2" in done.stdout

    @pytest.mark.parametrize(
        ("text", "carets", "sentence"),
        [
            ("main metric.acc>1", "     ^^^^^^^^^^", "did you mean metrics.acc"),
            (
                "metrics.acuracy>1",
                "^^^^^^^^^^^^^^^",
                "No experiment has a metric acuracy; did you mean metrics.accuracy",
            ),
            ("\x1b[2J (a", "        ^", "not closed"),
        ],
    )
    def test_the_word_at_fault_is_shown_and_the_status_is_two(
        self, two: Repository, text: str, carets: str, sentence: str
    ) -> None:
        done = run("--filter", text)
        assert done.exit_code == 2
        assert done.stdout == ""
        assert done.stderr.splitlines()[1] == carets
        assert sentence in done.stderr
        assert "\x1b" not in done.stderr

    def test_the_language_explains_itself(self) -> None:
        assert "metrics.NAME" in run("--filter", "help").stdout


class TestColumns:
    @pytest.fixture
    def two(self, repository: Repository) -> Repository:
        repository.commit(study(cells=BOTH), date="2026-02-01T12:00:00+0100")
        repository.experiment("better", study(cells={**BOTH, IF: record(0.95)}))
        return repository

    def test_columns_are_chosen_and_sorted_by(self, two: Repository) -> None:
        asked = ("--columns", "name,params.epochs,mean accuracy,max accuracy start:imdb", "--sort", "-mean accuracy")
        assert [line.split() for line in run(*asked).stdout.splitlines()[-2:]] == [
            ["better", "3", "0.875", "0.950"],
            ["main", "3", "0.850", "0.900"],
        ]
        found = json.loads(run("--json", *asked[:3], "mean accuracy").stdout)
        assert "better" in json.dumps(found) and "0.875" in json.dumps(found)
        assert [row["name"] for row in json.loads(run("--json", "--sort", "-name").stdout)["experiments"]] == [
            "main",
            "better",
        ]

    def test_tables_leave_with_the_command_that_made_them(self, two: Repository) -> None:
        done = run("--md", "--filter", "better", "--columns", f"name,{IF}")
        assert "| better |" in done.stdout and "0.9500" in done.stdout
        assert f"detour experiments --filter better --columns name,{IF}" in done.stdout
        assert run("--csv", "--columns", f"name,{F}").stdout.splitlines()[1:3] == ["better,0.8", "main,0.8"]

    @pytest.mark.parametrize("asked", [("--columns", "nme"), ("--sort", "-nme"), ("--md", "--csv")])
    def test_what_is_not_there_is_refused(self, two: Repository, asked: tuple[str, ...]) -> None:
        with pytest.raises(InputError, match=r"There is no column nme; did you mean name|exclude each other"):
            run(*asked)

    def test_an_expression_without_sense_is_refused_under_its_word(self, two: Repository) -> None:
        done = run("--columns", "max nothing")
        assert done.exit_code == 2
        assert done.stderr.splitlines()[1] == "    ^^^^^^^"

    def test_notes_and_stars_are_asked_for_as_in_the_app(self, two: Repository) -> None:
        Notebook(two.root / ".git" / "detour" / "notes.json").star("refs/heads/main", True)
        found = json.loads(run("--json", "--filter", "starred").stdout)["experiments"]
        assert [row["name"] for row in found] == ["main"]


RUN = {
    "schema": 1, "id": "20260301-100000-abcd", "name": "try", "note": "Does PAWS help?", "outcome": "done",
    "settings": ["training.target.epochs=3"], "who": {"name": "Ada"}, "machine": {"host": "box"}, "seconds": 12.5,
}  # fmt: skip


class TestRuns:
    """The note of a run, found and shown with the experiment that it made and no other."""

    @pytest.fixture
    def asked(self, repository: Repository) -> Repository:
        repository.commit(study(cells=BOTH))
        repository.experiment("try", {"reports/run.json": json.dumps(RUN)}, message="detour: try")
        repository.experiment("other", {"reports/run.json": json.dumps({**RUN, "note": "", "settings": []})})
        return repository

    def test_the_note_stands_in_the_place_of_the_message(self, asked: Repository) -> None:
        shown = run().stdout
        assert "Does PAWS help?" in shown and "detour: try" not in shown

    def test_json_tells_of_the_run(self, asked: Repository) -> None:
        found = listed()
        assert found["main"]["run"] is None
        assert found["try"]["run"] == {
            "id": RUN["id"], "note": "Does PAWS help?", "outcome": "done", "settings": ["training.target.epochs=3"],
            "study": None, "who": "Ada", "host": "box", "seconds": 12.5,
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("text", "names"),
        [("paws", {"try"}), ("EPOCHS=3", {"try"}), ("other", {"other"}), ("MAI", {"main"}), ("nothing", set())],
    )
    def test_a_search_finds_name_note_and_settings(self, asked: Repository, text: str, names: set[str]) -> None:
        found = json.loads(run("--json", "--grep", text).stdout)["experiments"]
        assert {row["name"] for row in found} == names

    def test_a_search_without_a_hit_says_so(self, asked: Repository) -> None:
        assert "No experiment holds '\\x1b[2J'" in run("--grep", "\x1b[2J").stdout

    def test_what_a_later_commit_only_inherits_is_not_its_own(self, asked: Repository) -> None:
        asked.git("branch", "tried", asked.git("for-each-ref", "--format=%(objectname)", "refs/exps/**/try"))
        asked.git("checkout", "--quiet", "tried")
        assert "paws" in str(listed()["tried"]["run"]).lower()
        asked.commit({"notes.txt": "on top"})
        assert listed()["tried"]["run"] is None

    def test_a_foreign_file_in_its_place_is_no_record(self, repository: Repository) -> None:
        repository.commit(study(cells=BOTH))
        repository.experiment("try", {"reports/run.json": "[1, 2"})
        assert listed()["try"]["run"] is None
