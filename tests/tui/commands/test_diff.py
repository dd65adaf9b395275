"""`detour diff`: what it prints, for a person and for a program."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from pipeline.errors import InputError
from tests.tui.history.repository import IF, F, Repository, cell_path, params, predicted, record, study
from tui.commands.diff import diff

app = typer.Typer(rich_markup_mode=None)
app.command()(diff)
GOLD = [0, 1] * 20
WRONG = [0, 0] * 20
WORSE = {"1": WRONG, "2": [*WRONG[:-1], 1], "3": WRONG}
BETTER = {"1": GOLD, "2": GOLD, "3": [*GOLD[:-1], 0]}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    made = Repository(tmp_path / "study")
    monkeypatch.chdir(made.root)
    monkeypatch.setenv("COLUMNS", "80")
    return made


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def scored(by_seed: dict[str, list[int]], rate: float = 0.001) -> dict[str, str | None]:
    hits = sum(one == two for ids in by_seed.values() for one, two in zip(ids, GOLD, strict=True))
    values = params(training={"intermediate": {"epochs": 3}, "target": {"learning_rate": rate, "epochs": 6}})
    text = record(hits / len(GOLD) / len(by_seed), 0.5)
    return {
        **study(values, cells={F: text, IF: record(0.9)}),
        cell_path(F, "predicted"): predicted(GOLD, by_seed),
    }


class TestText:
    def test_parameters_and_marked_metrics_are_read_without_colour_at_eighty_columns(
        self, repository: Repository
    ) -> None:
        repository.commit(scored(WORSE))
        repository.experiment("try", scored(BETTER, rate=0.01))
        done = run("main", "try")
        assert done.exit_code == 0
        assert "\x1b" not in done.stdout
        lines = done.stdout.splitlines()
        assert max(map(len, lines)) <= 80
        assert "  training.target.learning_rate: 0.001 -> 0.01" in lines
        assert F in lines
        accuracy = next(line for line in lines if line.startswith("  accuracy"))
        assert accuracy.split()[:5] == ["accuracy", "0.5083", "0.9917", "+0.4833", "^"]
        assert "[+0." in accuracy
        assert "1 cell is the same in both (--all shows them)." in lines
        assert IF not in lines

    def test_all_shows_what_is_the_same(self, repository: Repository) -> None:
        repository.commit(scored(WORSE))
        repository.experiment("try", scored(BETTER))
        lines = run("main", "try", "--all").stdout.splitlines()
        assert IF in lines
        assert any(line.split()[:5] == ["accuracy", "0.9000", "0.9000", "+0.0000", "="] for line in lines)

    def test_missing_and_nan_are_words(self, repository: Repository) -> None:
        repository.commit(study(cells={F: record(float("nan"))}))
        repository.experiment("try", study(cells={F: record(0.0)}))
        lines = [" ".join(line.split()) for line in run("main", "try", "--all").stdout.splitlines()]
        assert "accuracy nan 0.0000 A is not a finite number" in lines
        assert "accuracy missing missing A has no such cell and B has no such cell" in lines

    def test_stale_sides_say_why(self, repository: Repository) -> None:
        repository.commit(study(cells={F: record(0.8)}))
        repository.experiment("try", study(cells={F: record(0.9)}, seen={"seeds": [7]}))
        shown = run("main", "try").stdout
        assert "A measured, B stale" in shown
        assert "B is stale: seeds is [1, 2] in params.yaml and was [7]" in shown

    def test_nothing_that_differs_is_said(self, repository: Repository) -> None:
        repository.commit(study(cells={F: record(0.8), IF: record(0.9)}))
        repository.git("branch", "same")
        shown = run("main", "same").stdout
        assert "Parameters: none differ." in shown
        assert "2 cells are the same in both" in shown

    @pytest.mark.parametrize(
        ("broken", "fault"),
        [
            ("seeds: [1\n", "line 2: this is not valid YAML"),
            (
                "a: 0\n<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> other\n",
                "line 2: a merge conflict stands there; resolve",
            ),
        ],
    )
    def test_parameters_that_cannot_be_read_are_not_absent(
        self, repository: Repository, broken: str, fault: str
    ) -> None:
        repository.commit(study(cells={F: record(0.8), IF: record(0.9)}))
        repository.write({"params.yaml": broken, cell_path(F): record(0.7)})
        for names, letter in ((("main", "workspace"), "B"), (("workspace", "main"), "A")):
            shown = run(*names).stdout
            assert f"params.yaml of the working folder cannot be read. params.yaml, {fault}" in shown
            assert f"Parameters: unreadable in {letter}, so those of params.yaml are not compared." in shown
            assert "absent" not in shown and "differ" not in shown
            # What can be compared is.
            values = shown.split("  accuracy ")[1].split()[:2]
            assert values == (["0.8000", "0.7000"] if letter == "B" else ["0.7000", "0.8000"])
        assert "A is stale: params.yaml holds nothing that can be read" in run("workspace", "main", "--all").stdout
        found = json.loads(run("main", "workspace", "--json").stdout)
        assert found["params"] == [] and fault in found["b"]["params_fault"] and found["a"]["params_fault"] is None

    def test_values_and_names_from_git_are_data(self, repository: Repository) -> None:
        other = "classification@[red]sms\x1b[31m-pretrained-bert"
        repository.commit({"params.yaml": json.dumps({"note": "\x1b[2J[bold]"})})
        repository.experiment("try", {**study(cells={other: record(0.5)}), "params.yaml": json.dumps({"note": "x"})})
        done = run("main", "try")
        assert "\x1b" not in done.stdout
        assert r"note: \"\u001b[2J[bold]\" -> " in done.stdout.replace('"', r"\"")
        assert r"classification@[red]sms\x1b[31m-pretrained-bert" in done.stdout

    def test_metrics_of_a_repository_that_is_no_study_are_counted(self, repository: Repository) -> None:
        graph = "stages: {train: {cmd: x, metrics: [{m.json: {cache: false}}]}}"
        repository.commit({"dvc.yaml": graph, "m.json": '{"acc": 0.5, "loss": NaN}'})
        repository.experiment("other", {"dvc.yaml": graph, "m.json": '{"acc": 0.6, "loss": NaN}'})
        assert "1 metric differs in files of metrics; `detour compare` shows them." in run("main", "other").stdout
        assert "files of metrics" not in run("main", "main").stdout


class TestRevisions:
    def test_one_name_is_compared_with_head(self, repository: Repository) -> None:
        repository.commit(study(cells={F: record(0.8)}))
        repository.experiment("try", study(cells={F: record(0.9)}))
        found = json.loads(run("try", "--json").stdout)
        assert (found["a"]["name"], found["b"]["name"]) == ("main", "try")
        assert json.loads(run("workspace", "--json").stdout)["a"]["name"] == "main"

    def test_the_name_of_heads_own_commit_is_compared_with_main(self, repository: Repository) -> None:
        repository.commit(study(cells={F: record(0.8)}))
        repository.git("checkout", "-q", "-b", "work")
        repository.commit(study(cells={F: record(0.9)}))
        found = json.loads(run("work", "--json").stdout)
        assert (found["a"]["name"], found["b"]["name"]) == ("main", "work")

    def test_head_alone_needs_a_second_name(self, repository: Repository) -> None:
        repository.commit()
        with pytest.raises(InputError, match="'main' is where HEAD is; name a second revision"):
            run("main")

    @pytest.mark.parametrize("names", [("tyr",), ("main", "tyr"), ("tyr", "main")])
    def test_an_unknown_name_is_a_sentence_with_near_ones(self, repository: Repository, names: tuple[str, ...]) -> None:
        repository.commit()
        repository.experiment("try", {"x": "1"})
        with pytest.raises(InputError, match=r"'tyr' names no .* did you mean 'try'\?"):
            run(*names)

    def test_the_working_folder_before_the_first_commit_has_nothing_to_be_compared_with(
        self, repository: Repository
    ) -> None:
        with pytest.raises(InputError):
            run("workspace")


class TestJson:
    def test_the_schema(self, repository: Repository) -> None:
        repository.commit(scored(WORSE))
        repository.experiment("try", scored(BETTER, rate=0.01))
        done = run("main", "try", "--json")
        found = json.loads(done.stdout)
        assert set(found) == {"a", "b", "params", "cells", "files"} and found["files"] == []
        assert set(found["a"]) == {"name", "kind", "ref", "commit", "base", "params_fault", "problems"}
        assert found["params"] == [{"key": "training.target.learning_rate", "a": 0.001, "b": 0.01}]
        first, second = found["cells"]
        assert set(first) == {"cell", "same", "a", "b", "metrics"}
        assert first["a"] == {"origin": "measured", "why": ""}
        accuracy = first["metrics"][0]
        assert set(accuracy) == {
            "metric", "higher_is_better", "a", "b", "difference", "low", "high", "mark", "why", "provisional",
        }  # fmt: skip
        assert (accuracy["metric"], accuracy["mark"], accuracy["why"]) == ("accuracy", "^", "")
        assert accuracy["low"] < accuracy["difference"] < accuracy["high"]
        # The same cells are listed too: a program filters them itself.
        assert (second["cell"], second["same"]) == (IF, True)

    def test_the_files_of_metrics_of_a_repository_that_is_no_study(self, repository: Repository) -> None:
        graph = "stages: {train: {cmd: x, metrics: [{m.json: {cache: false}}, {n.json: {cache: false}}]}}"
        repository.commit(
            {"dvc.yaml": graph, "m.json": '{"acc": 0.5, "loss": NaN, "best": true, "old": 1}', "n.json": '{"n": 0}'}
        )
        repository.experiment(
            "other", {"m.json": '{"acc": 0.75, "loss": 1.5, "best": false}', "n.json": '{"n": 0}', "dvc.yaml": graph}
        )
        first, second = json.loads(run("main", "other", "--json").stdout)["files"]
        assert (first["file"], first["same"], first["a"]["origin"]) == ("m.json", False, "measured")
        assert first["metrics"] == [
            {"metric": "acc", "a": 0.5, "b": 0.75, "difference": 0.25},
            {"metric": "loss", "a": "nan", "b": 1.5, "difference": None},
            {"metric": "best", "a": True, "b": False, "difference": None},
            {"metric": "old", "a": 1, "difference": None},
        ]
        assert second["same"] and second["b"]["origin"] == "inherited"
        assert second["metrics"] == [{"metric": "n", "a": 0, "b": 0, "difference": 0.0}]

    def test_a_parameter_that_one_side_lacks_has_no_value_there(self, repository: Repository) -> None:
        repository.commit({"params.yaml": "a: null\n"})
        repository.experiment("try", {"params.yaml": "b: 1\n"})
        found = json.loads(run("main", "try", "--json").stdout)
        assert found["params"] == [{"key": "a", "a": None}, {"key": "b", "b": 1}]
