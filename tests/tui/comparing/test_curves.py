"""Learning curves of several experiments: read, smoothed, averaged over seeds, written."""

import json
from pathlib import Path

import numpy as np
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from pipeline.errors import InputError
from tests.tui.comparing.experiments import trained
from tests.tui.history.repository import F, Repository
from tui.commands.curves import curves
from tui.comparing.curves import mean_of, parse_curves, smoothed

app = typer.Typer(rich_markup_mode=None)
app.command()(curves)
PATH = "reports/curves/classification/sms_spam-pretrained-bert.csv"
HEAD = "seed,epoch,dev_loss,dev_accuracy\n"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    made = Repository(tmp_path / "study")
    monkeypatch.chdir(made.root)
    made.commit({**trained(12), PATH: f"{HEAD}1,1,0.9,0.5\n1,2,0.5,0.7\n2,1,0.8,0.6\n2,2,0.4,0.9\n2,3,0.3,0.95\n"})
    made.experiment("good", {**trained(1, rate=0.01), PATH: f"{HEAD}1,1,0.2,0.8\n1,2,nan,0.9\n"})
    return made


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


class TestMeans:
    def test_each_step_is_over_the_seeds_that_reached_it(self) -> None:
        found = mean_of({"1": ((1, 0.5), (2, 0.7)), "2": ((1, 0.6), (2, 0.9), (3, 0.95))})
        assert found.points == ((1, pytest.approx(0.55)), (2, pytest.approx(0.8)), (3, 0.95))
        assert (found.low, found.high) == (((1, 0.5), (2, 0.7), (3, 0.95)), ((1, 0.6), (2, 0.9), (3, 0.95)))
        assert found.counts == (2, 2, 1)

    def test_a_deviation_is_the_seeds_own(self) -> None:
        found = mean_of({"1": ((1, 0.5),), "2": ((1, 0.8),), "3": ((1, 0.9),)}, band="sd")
        assert found.high[0][1] - found.points[0][1] == pytest.approx(np.std([0.5, 0.8, 0.9], ddof=1))

    @given(st.lists(st.floats(-10, 10), min_size=1, max_size=20), st.sampled_from([0.3, 0.9]))
    def test_smoothing_is_the_average_weighted_by_age(self, values: list[float], weight: float) -> None:
        found = smoothed([(step, value) for step, value in enumerate(values)], weight)
        for place in range(len(values)):
            weights = weight ** np.arange(place, -1, -1)
            assert found[place][1] == pytest.approx(np.average(values[: place + 1], weights=weights), abs=1e-9)

    def test_no_smoothing_leaves_the_values(self) -> None:
        assert smoothed(((1, 0.5), (2, 0.25)), 0) == ((1, 0.5), (2, 0.25))


class TestReading:
    def test_what_is_no_number_is_left_out(self) -> None:
        assert parse_curves("epoch,loss,note\n1,0.5,x\n2,nan,y\n3,,z\n") == {"loss": {"": ((1.0, 0.5),)}}

    def test_without_a_column_of_steps_rows_are_numbered(self) -> None:
        assert parse_curves("loss\n0.5\n0.25\n") == {"loss": {"": ((0.0, 0.5), (1.0, 0.25))}}

    @given(st.text())
    def test_any_text_is_read_or_left(self, text: str) -> None:
        for seeds in parse_curves(text).values():
            assert all(points == tuple(sorted(points)) for points in seeds.values())


class TestCommand:
    def test_experiments_stand_beside_each_other_by_step(self, repository: Repository) -> None:
        lines = [line.split() for line in run("sms_spam-pretrained-bert", "main", "good").stdout.splitlines()]
        assert ["|", "1", "|", "0.5500", "±", "0.0707", "|", "0.8000", "|"] in lines
        assert ["|", "3", "|", "0.9500", "|", "–", "|"] in lines

    def test_json_and_csv_have_every_point_of_every_seed(self, repository: Repository) -> None:
        found = json.loads(run("*pretrained-bert", "main", "good", "--column", "dev_loss", "--json").stdout)
        rows = [tuple(value["value"] for value in row.values()) for row in found["rows"]]
        assert ("main", F, "2", 3, 0.3) in rows
        assert rows.count(("good", F, "1", 1, 0.2)) == 1
        assert len(rows) == 6
        assert 'good,classification@sms_spam-pretrained-bert,"1",1,0.8' in run(F, "good", "--csv").stdout.splitlines()

    def test_the_command_that_makes_it_again_is_told(self, repository: Repository) -> None:
        said = run(F, "main", "--smooth", "0.5", "--md").stdout
        assert f"detour curves --column dev_accuracy --smooth 0.5 {F} main" in said

    def test_any_csv_of_a_revision_has_curves(self, repository: Repository) -> None:
        repository.commit({"logs/train.csv": "step,loss\n10,0.5\n20,0.25\n"})
        found = json.loads(run("logs/train.csv", "main", "--json").stdout)
        assert [row["step"]["value"] for row in found["rows"]] == [10, 20]

    @pytest.mark.parametrize(
        ("arguments", "why"),
        [
            ((F, "main", "--column", "x"), r"have no column 'x'; there are dev_loss, dev_accuracy\."),
            (("nothing", "main"), "None of the experiments holds a learning curve of 'nothing'"),
            ((F, "main", "--smooth", "1"), "--smooth 1 is not from 0 to below 1"),
            ((F, "mian"), "'mian' names no branch"),
        ],
    )
    def test_what_cannot_be_drawn_is_a_sentence(
        self, repository: Repository, arguments: tuple[str, ...], why: str
    ) -> None:
        with pytest.raises(InputError, match=why):
            run(*arguments)
