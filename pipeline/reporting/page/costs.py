"""What training and answering cost, read off reports/timings.

Seconds are of one machine on one day. A cell counts by its median over seeds and requests as recorded; models by medians over their
cells, so that one slow minute of a shared machine decides nothing.
"""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.reporting.lines import PRETRAINED, Json, cell_parts
from pipeline.reporting.page.inputs import Inputs
from pipeline.reporting.text import look_up

MIB = 2**20


@dataclass(frozen=True)
class Cost:
    """One model with or without the detour; None where nothing is recorded."""

    model: str
    form: str
    """F or IF."""
    cells: int
    seconds: float | None
    """Of one seed's fine-tuning."""
    rate: float | None
    """Training examples a second."""
    p50: float | None
    """Milliseconds of one request."""
    p95: float | None
    p99: float | None
    throughput: float | None
    """Predicted examples a second at the best batch size."""
    memory: float | None
    """MiB: the GPU's, or the process's without one."""
    joules: float | None
    """Of one seed."""


def costs(inputs: Inputs) -> list[Cost]:
    """A line for each model and form that has timings."""
    return [
        made
        for model in inputs.models
        for form in ("F", "IF")
        if (made := _cost(model, form, [told for name, told in inputs.timings.items() if _is(name, model, form)])).cells
    ]


def detour_seconds(inputs: Inputs) -> dict[tuple[str, str], float]:
    """Seconds of intermediate training by start and model, all its seeds."""
    found = {}
    for key, told in inputs.preparations.items():
        seconds = [value for seed in _seeds(told) if (value := _number(seed, "seconds")) is not None]
        if seconds:
            found[key] = sum(seconds)
    return found


def fine_tuning_seconds(inputs: Inputs, start: str, model: str) -> tuple[float, int]:
    """Seconds of all fine-tuning from a start, and of how many cells."""
    found = [
        sum(value for seed in _seeds(told) if (value := _number(seed, "seconds")) is not None)
        for name, told in inputs.timings.items()
        if cell_parts(name)[2:] == (start, model)
    ]
    return sum(found), len(found)


def hardware(inputs: Inputs) -> list[str]:
    """The devices that trained, with cores, in words."""
    found = set()
    for told in [*inputs.timings.values(), *inputs.preparations.values()]:
        cores = _median(process.get("cores") for process in _list(told, "process"))
        for device in {str(seed.get("device")) for seed in _seeds(told) if seed.get("device")}:
            found.add(f"{device}{f', {cores:g} cores' if cores else ''}")
    return sorted(found)


def _is(name: str, model: str, form: str) -> bool:
    _, _, start, other = cell_parts(name)
    return other == model and (start == PRETRAINED) == (form == "F")


def _cost(model: str, form: str, timings: Sequence[Json]) -> Cost:
    seeds = [seed for told in timings for seed in _seeds(told)]
    serving = [served for told in timings for served in _list(told, "serving")]

    def over(records: Sequence[Json], *path: str) -> float | None:
        return _median(_number(record, *path) for record in records)

    memory = over(seeds, "training", "allocated_bytes") or over(seeds, "training", "resident_bytes")
    return Cost(
        model,
        form,
        len(timings),
        over(seeds, "seconds"),
        over(seeds, "training", "examples_per_second"),
        over(serving, "milliseconds", "p50"),
        over(serving, "milliseconds", "p95"),
        over(serving, "milliseconds", "p99"),
        over(serving, "throughput", "examples_per_second"),
        memory / MIB if memory else None,
        over(seeds, "training", "joules"),
    )


def _seeds(told: Json) -> list[Json]:
    return _list(told, "seeds")


def _list(told: Json, key: str) -> list[Json]:
    held = told.get(key)
    return [entry for entry in held if isinstance(entry, Mapping)] if isinstance(held, list) else []


def _number(record: Json, *path: str) -> float | None:
    value = look_up(record, *path)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _median(values: Iterable[float | None]) -> float | None:
    found = [value for value in values if value is not None]
    return statistics.median(found) if found else None
