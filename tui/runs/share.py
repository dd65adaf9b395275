"""A stage's share of this machine's GPUs: which one it runs on, by the memory that it is forecast to take."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Event

from pipeline.study import TASKS
from tui.runs.engine import Place
from tui.runs.gpus import read_gpus
from tui.runs.placing import reserve

CONTEXT_BYTES = 700 * 2**20
"""What CUDA and its libraries take in every process beside tensors: some 500 MiB on an H100, with a margin."""

SEEDS_AT_ONCE = "DETOUR_SEEDS_AT_ONCE"
"""Seeds of one cell side by side would take what is free for other cells (`pipeline.training.together`)."""


def gpus_by_need(
    needs: Callable[[], Mapping[str, float | None]], jobs: int, stop: Event, note: Callable[[str], None]
) -> Place:
    """Gives stages that train a GPU with room for them; on a machine without GPUs, and to other stages, nothing.

    Args:
        needs: The forecast memory of stages in MiB, by name; asked for once, by the first stage that trains.
        jobs: Stages that run side by side; where there are several, each trains one seed at a time.
        stop: Ends the wait for a GPU.
        note: Told, once, of GPUs that cannot be asked.
    """
    known: dict[str, float | None] = {}

    @contextmanager
    def place(names: Sequence[str]) -> Iterator[Mapping[str, str]]:
        if not any(_trains(name) for name in names) or not read_gpus(note):
            yield {}
            return
        if not known:
            known.update({"": None, **needs()})
        told = [known.get(name) for name in names]
        need = None if None in told else int(sum(mib or 0.0 for mib in told) * 2**20) + CONTEXT_BYTES
        with reserve(need, stop, note=note) as gpu:
            alone = {SEEDS_AT_ONCE: "1"} if jobs > 1 else {}
            yield {} if gpu is None else {**gpu.variables, **alone}

    return place


def _trains(stage: str) -> bool:
    return stage.split("@")[0] in (*TASKS, "intermediate")
