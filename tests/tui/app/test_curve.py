"""The learning curve: what is drawn, and that a new epoch writes little."""

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region

from tests.tui.app.pilot import screen_text
from tui.runs.results import Curve
from tui.widgets.curve import CurvePlot, limits


def curve(epochs: int, planned: int = 20) -> Curve:
    return Curve({seed: tuple((float(n), 0.5 + n / 50) for n in range(1, epochs + 1)) for seed in ("1", "2")}, planned)


class Plotted(App[None]):
    """A curve and nothing else."""

    def compose(self) -> ComposeResult:
        yield CurvePlot(id="curve")


@pytest.mark.asyncio
async def test_seeds_epochs_and_values_are_named() -> None:
    async with Plotted().run_test(size=(60, 20)) as pilot:
        pilot.app.query_one(CurvePlot).show(curve(6))
        await pilot.pause()
        lines = screen_text(pilot).splitlines()
        assert "dev accuracy by epoch  seed 1  seed 2" in lines[0]
        assert lines[1].startswith(" .65│")
        assert lines[-3].startswith(" .50│")
        assert lines[-2].startswith("    └──")
        assert lines[-1].split()[0] == "1"
        # A third of the planned epochs, and nothing behind them.
        assert any(character > "⠀" for line in lines[1:-2] for character in line[5:25])
        assert not any(line[30:].strip() for line in lines[1:-2])


@pytest.mark.asyncio
async def test_a_new_epoch_writes_the_cells_that_it_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Plotted().run_test(size=(60, 20)) as pilot:
        plot = pilot.app.query_one(CurvePlot)
        plot.show(curve(6))
        await pilot.pause()
        written: list[Region] = []
        monkeypatch.setattr(CurvePlot, "refresh", lambda _self, *regions, **_: written.extend(regions))
        plot.show(curve(7))
        assert 0 < sum(region.area for region in written) < 20


@pytest.mark.asyncio
@pytest.mark.parametrize("size", [(1, 1), (8, 4), (200, 60)])
async def test_it_is_drawn_at_any_size(size: tuple[int, int]) -> None:
    async with Plotted().run_test(size=size) as pilot:
        plot = pilot.app.query_one(CurvePlot)
        plot.show(Curve({"1": ((1.0, 0.5),)}))
        plot.show(curve(20, 0))
        await pilot.resize_terminal(30, 10)
        await pilot.pause()
        assert "dev accuracy" in screen_text(pilot)


@pytest.mark.parametrize("values", [(0.5, 0.5), (0.0, 1.0), (0.49, 0.51), (0.123, 0.987), (1.0, 1.0), (0.6, 0.65)])
def test_limits_are_round_and_hold_all_values(values: tuple[float, float]) -> None:
    step, low, high = limits(*values)
    assert low <= values[0] + 1e-9
    assert high >= values[1] - 1e-9
    assert 1 <= round((high - low) / step) <= 10
    assert abs(low / step - round(low / step)) < 1e-6
