"""Curves of several experiments over each other."""

from pathlib import Path

import pytest
from textual.app import App, ComposeResult

from tests.tui.app.browsing import Browsed, new_repository, opened, press, settle
from tests.tui.app.pilot import screen_text, text_of
from tests.tui.comparing.experiments import trained
from tests.tui.history.repository import Repository
from tui.comparing.curves import mean_of
from tui.screens.compare import CompareScreen
from tui.screens.curves import CurvesScreen
from tui.widgets.overlay import OverlayPlot, Scale, Series, View, round_step

PATH = "reports/curves/classification/sms_spam-pretrained-bert.csv"


def written(first: float, epochs: int = 20) -> str:
    rows = [
        f"{seed},{epoch},{2 / epoch},{first + 0.02 * epoch - 0.05 * seed}"
        for seed in (1, 2)
        for epoch in range(1, epochs + 1)
    ]
    return "\n".join(["seed,epoch,dev_loss,dev_accuracy", *rows]) + "\n"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = new_repository(tmp_path / "a study")
    made.commit({**trained(12), PATH: written(0.3)})
    made.experiment("good", {**trained(1, rate=0.01), PATH: written(0.5)})
    made.experiment("bad", {**trained(20, rate=0.1), PATH: written(0.2)})
    return made


async def curves(browsed: Browsed, *names: str) -> CurvesScreen:
    """The curves of the first cell of a comparison."""
    app, pilot = browsed
    app.open_compare(*names)
    await settle(app, pilot)
    await settle(app, pilot)
    await press(browsed, "j", "o")
    assert isinstance(app.screen, CurvesScreen)
    return app.screen


class TestScreen:
    async def test_letters_tell_experiments_apart_in_legend_and_plot(self, repository: Repository) -> None:
        async with opened(repository, (80, 24)) as browsed:
            await curves(browsed, "main", "good", "bad")
            lines = screen_text(browsed[1]).splitlines()
            assert lines[1].strip() == "A main  0.6250 at 20, 2 seeds"
            assert lines[2].strip() == "B good  0.8250 at 20, 2 seeds"
            plot = "\n".join(lines[4:-4])
            assert all(letter in plot for letter in "ABC")
            assert "░" in plot
            assert "dev_accuracy · band: lowest-highest · classification@sms_spam-pretrained-bert" in lines[-2]

    async def test_keys_change_column_band_smoothing_scale_and_part(self, repository: Repository) -> None:
        async with opened(repository, (80, 24)) as browsed:
            screen = await curves(browsed, "main", "good")
            await press(browsed, "m", "a", "plus", "plus", "L", "z", "right")
            state = text_of(browsed[1], "#state")
            assert state.startswith("dev_loss · band: ± sd · smoothed 0.6 · log · steps 8.1-17.6")
            await press(browsed, "Z", "Z", "minus", "minus", "a")
            assert text_of(browsed[1], "#state").startswith("dev_loss · each seed · log · class")
            assert not screen.is_enabled("left")

    async def test_esc_goes_back_to_the_comparison(self, repository: Repository) -> None:
        async with opened(repository, (80, 24)) as browsed:
            await curves(browsed, "main", "good")
            await press(browsed, "escape")
            assert isinstance(browsed[0].screen, CompareScreen)

    async def test_y_hands_over_the_numbers(self, repository: Repository) -> None:
        async with opened(repository, (80, 24)) as browsed:
            await curves(browsed, "main", "good")
            await press(browsed, "y", "c")
            lines = browsed[0].clipboard.splitlines()
            assert lines[0] == "step,main,main_sd,good,good_sd"
            assert len([line for line in lines if line[0] != "#"]) == 21
            assert any("detour curves --column dev_accuracy classification@sms_spam" in line for line in lines)

    async def test_cells_that_are_marked_are_drawn_together(self, repository: Repository) -> None:
        other = PATH.replace("pretrained", "imdb")
        repository.experiment("both", {**trained(3, rate=0.5), PATH: written(0.1), other: written(0.4)})
        async with opened(repository, (80, 24)) as browsed:
            app, pilot = browsed
            app.open_compare("main", "both")
            await settle(app, pilot)
            await settle(app, pilot)
            await press(browsed, "x", "j", "space", "space", "space", "space", "o")
            assert "C both sms_spam-imdb-bert" in screen_text(pilot)

    async def test_a_cell_without_a_curve_is_a_sentence(self, repository: Repository) -> None:
        repository.experiment("none-a", {**trained(3, rate=0.5), PATH: None})
        repository.experiment("none-b", {**trained(4, rate=0.6), PATH: None})
        async with opened(repository, (80, 24)) as browsed:
            app, pilot = browsed
            app.open_compare("none-a", "none-b")
            await settle(app, pilot)
            await settle(app, pilot)
            await press(browsed, "j", "o")
            assert "holds a learning curve of" in " ".join(screen_text(pilot).split())


class Plotted(App[None]):
    """An overlay and nothing else."""

    def compose(self) -> ComposeResult:
        yield OverlayPlot(id="plot")


class TestPlot:
    @pytest.mark.parametrize("size", [(1, 1), (13, 5), (200, 60)])
    @pytest.mark.parametrize("view", [View(1, 9), View(1, 9, log=True), View(3, 4), View(100, 200)])
    async def test_it_is_drawn_at_any_size_and_part(self, size: tuple[int, int], view: View) -> None:
        async with Plotted().run_test(size=size) as pilot:
            plot = pilot.app.query_one(OverlayPlot)
            seeds = {"1": [(1.0, -0.5), (5.0, 0.5), (9.0, 0.6)], "2": [(1.0, 0.0), (5.0, 1e-9)]}
            one = mean_of({"1": [(2.0, 0.0)]})
            plot.show([Series(mean_of(seeds)), Series(one), Series(one, ((((2.0, 0.5)), (3.0, 0.5)),))], view)
            await pilot.pause()

    @pytest.mark.parametrize("ends", [(0.5, 0.5), (0.0, 0.0), (-3.0, 4.0), (1e-6, 2e-6), (0.0, 12345.0)])
    @pytest.mark.parametrize("log", [False, True])
    def test_an_axis_holds_all_values_between_round_labels(self, ends: tuple[float, float], log: bool) -> None:
        if log and ends[0] <= 0:
            return
        scale = Scale.around(*ends, log, rows=20)
        assert -1e-6 <= scale.row(ends[1]) <= scale.row(ends[0]) <= 19 + 1e-6
        assert 2 <= len(scale.ticks) <= 12

    @pytest.mark.parametrize(("span", "most", "step"), [(1.0, 5, 0.2), (40, 9, 5), (7, 8, 1), (0.03, 4, 0.01)])
    def test_steps_are_round(self, span: float, most: int, step: float) -> None:
        assert round_step(span, most) == pytest.approx(step)
