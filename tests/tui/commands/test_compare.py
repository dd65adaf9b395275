"""`detour compare`: what it prints, for a person and for a program."""

import csv
import io
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from pipeline.errors import InputError
from tests.tui.comparing.experiments import trained
from tests.tui.history.repository import F, Repository, record, study
from tui.commands.compare import compare

app = typer.Typer(rich_markup_mode=None)
app.command()(compare)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    made = Repository(tmp_path / "study")
    monkeypatch.chdir(made.root)
    monkeypatch.setenv("COLUMNS", "80")
    made.commit(trained(12))
    made.experiment("good", trained(1, rate=0.01))
    made.experiment("bad", trained(20, rate=0.0001))
    made.experiment("nan", trained(12, rate=0.1))
    return made


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


class TestText:
    def test_differences_are_read_without_colour_at_eighty_columns(self, repository: Repository) -> None:
        done = run("main", "good", "bad", "nan")
        assert "\x1b" not in done.stdout
        lines = done.stdout.splitlines()
        assert max(map(len, lines[:-4])) <= 80
        assert "training.target.learning_rate" in done.stdout
        found = next(line.split() for line in lines if line.startswith("  accuracy"))
        assert found == [
            "accuracy",
            "0.7083",
            "0.9833",
            "+0.2750",
            "^",
            "0.5083",
            "-0.2000",
            "v",
            "0.7083",
            "+0.0000",
            "=",
        ]
        assert any(line.strip().startswith("[+0.") and "[-0." in line for line in lines)
        assert "1 parameter differs · 1 of 2 cells differ" in lines
        assert "3 metrics are the same in all (--all shows them)." in lines

    def test_the_same_records_under_other_parameters_are_stale(self, repository: Repository) -> None:
        changed = (repository.root / "params.yaml").read_text().replace("0.001", "0.5")
        repository.write({"params.yaml": changed})
        lines = run("main", "workspace").stdout.splitlines()
        assert "1 parameter differs · 0 of 2 cells differ" in lines
        assert "    2 stale" in lines

    def test_what_does_not_fit_follows_below(self, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", "50")
        lines = run("main", "good", "bad").stdout.splitlines()
        assert [line.split() for line in lines if line.startswith("  metric")] == [
            ["metric", "main", "good"], ["metric", "main", "bad"],
        ]  # fmt: skip

    def test_averages_say_of_how_many_seeds(self, repository: Repository) -> None:
        repository.experiment("more", trained(2, [4, 5, 6], rate=0.01))
        done = run("main", "good", "more").stdout
        assert "experiment  good x2  (2 experiments averaged)" in done
        assert "n=6" in done
        assert "good x2 averages 2 experiments that differ only in seeds: good, more." in done

    def test_a_direction_that_nobody_declared_is_told(self, repository: Repository) -> None:
        repository.experiment("x", {"params.yaml": "models: [bert]\n"})
        repository.experiment("y", {"params.yaml": "models: [bert, roberta]\n"})
        assert "accuracy, macro_f1: higher is better (assumed); params.yaml may say" in run("x", "y", "--all").stdout

    def test_names_from_git_are_data(self, repository: Repository) -> None:
        cell = "classification@[red]sms\x1b[31m-pretrained-bert"
        repository.experiment("try", study(cells={cell: record(0.5)}))
        for form in ((), ("--md",), ("--csv",), ("--latex",), ("--json",)):
            assert "\x1b" not in run("main", "try", *form).stdout


class TestForms:
    def test_the_same_numbers_are_in_each(self, repository: Repository) -> None:
        found = json.loads(run("main", "good", "bad", "--json").stdout)
        accuracy = next(line for line in found["metrics"] if (line["cell"], line["metric"]) == (F, "accuracy"))
        good = accuracy["experiments"]["good"]
        assert (good["mark"], good["n"]) == ("^", 3)
        assert good["low"] < good["difference"] < good["high"]
        text = run("main", "good", "bad", "--csv").stdout
        rows = list(csv.DictReader(io.StringIO("".join(f"{line}\n" for line in text.splitlines() if line[0] != "#"))))
        assert float(rows[0]["good - main"]) == good["difference"]
        assert float(rows[0]["good - main_low"]) == good["low"]
        assert f"{good['difference']:+.4f}" in run("main", "good", "bad", "--md").stdout
        assert r"\textbf{0.9833}" in run("main", "good", "bad", "--latex").stdout

    def test_each_names_commits_lock_and_the_way_back(self, repository: Repository) -> None:
        for form in ("--md", "--csv", "--latex", "--json"):
            said = run("main", "good", form).stdout
            for told in ("detour compare main good", repository.git("rev-parse", "main"), "detour show good"):
                assert told in said

    def test_the_command_in_it_keeps_its_options(self, repository: Repository) -> None:
        found = json.loads(run("main", "good", "--cells", "*sms*", "--metric", "accuracy", "--all", "--json").stdout)
        assert found["provenance"]["command"] == "detour compare --cells '*sms*' --metric accuracy --all main good"
        assert len(found["metrics"]) == 2

    def test_a_parameter_that_a_column_lacks_has_no_value_there(self, repository: Repository) -> None:
        repository.experiment("noted", trained(12, note=None))
        found = json.loads(run("main", "noted", "--json").stdout)
        assert found["params"] == [{"key": "note", "same": False, "values": {"noted": None}}]


class TestRefusals:
    @pytest.mark.parametrize(
        ("arguments", "why"),
        [
            (["main", "god"], "'god' names no branch, tag, experiment or commit; did you mean 'good'?"),
            (["main", "good", "--json", "--csv"], "--json and --csv exclude each other"),
            (["main", "good", "--group", "x", "--no-group"], "--group and --no-group exclude each other"),
            (["main", "good", "--group", "sead"], "None of the experiments has a parameter 'sead'"),
            (["main", "good", "bad", "--group", "seeds"], ""),
        ],
    )
    def test_a_sentence_says_what_and_the_mend(self, repository: Repository, arguments: list[str], why: str) -> None:
        if not why:
            assert run(*arguments).exit_code == 0
            return
        with pytest.raises(InputError) as refused:
            run(*arguments)
        assert why in str(refused.value)
