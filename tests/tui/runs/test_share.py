"""A run's stages get their GPU as a variable, by what they are forecast to take."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from threading import Event

import pytest

from tests.tui.runs.nvml import FakeGpu, FakeNvml, use
from tui.runs.share import SEEDS_AT_ONCE, gpus_by_need

CELL, OTHER = "classification@sms_spam-imdb-bert", "classification@movie_reviews-imdb-bert"


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DETOUR_MACHINE", str(tmp_path / "machine"))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def needs() -> Mapping[str, float | None]:
    return {CELL: 60 * 1024.0, OTHER: 60 * 1024.0}


def test_two_large_cells_go_to_two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, FakeNvml(FakeGpu("GPU-a"), FakeGpu("GPU-b")))
    place = gpus_by_need(needs, 2, Event(), print)
    with ExitStack() as stack:
        given = [stack.enter_context(place([cell])) for cell in (CELL, OTHER)]
    assert {share["CUDA_VISIBLE_DEVICES"] for share in given} == {"GPU-a", "GPU-b"}
    assert all(share[SEEDS_AT_ONCE] == "1" for share in given)


def test_a_run_of_one_job_trains_its_seeds_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, FakeNvml(FakeGpu("GPU-a")))
    with gpus_by_need(needs, 1, Event(), print)([CELL]) as share:
        assert share == {"CUDA_VISIBLE_DEVICES": "GPU-a"}


def test_what_trains_nothing_and_a_machine_without_gpus_need_no_forecast(monkeypatch: pytest.MonkeyPatch) -> None:
    def never() -> Mapping[str, float | None]:
        raise AssertionError("it was asked")

    use(monkeypatch, FakeNvml(FakeGpu("GPU-a")))
    with gpus_by_need(never, 1, Event(), print)(["prepare@imdb"]) as share:
        assert share == {}
    use(monkeypatch, FakeNvml(silent=("nvmlInit",)))
    with gpus_by_need(never, 1, Event(), print)([CELL]) as share:
        assert share == {}
