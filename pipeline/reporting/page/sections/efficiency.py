"""What the detour costs: training, and answering with what was trained."""

from pipeline.reporting.page.blocks import Block, Datum, Grid, Paragraph, Section, grid
from pipeline.reporting.page.costs import Cost, costs, detour_seconds, fine_tuning_seconds, hardware
from pipeline.reporting.page.inputs import Inputs
from pipeline.reporting.text import DASH


def efficiency(inputs: Inputs) -> Section:
    """The section."""
    found, title = costs(inputs), "What it costs"
    if not found:
        told = "No timing is there: reports/timings is empty. Every cell writes its own when it is trained."
        return Section("efficiency", title, (Paragraph(told, "missing"),), "Efficiency")
    told = (
        f"Measured while the cells were trained ({'; '.join(hardware(inputs)) or 'device unknown'}); medians over cells, seconds "
        "of one seed. F and IF are the same network, so that they answer equally fast by construction: a difference between their rows is "
        "the noise of the machine. The price of the detour is its training."
    )
    blocks: list[Block] = [Paragraph(told), _card(found)]
    if detour := _detour(inputs):
        blocks.append(detour)
    return Section("efficiency", title, tuple(blocks), "Efficiency")


def _card(found: list[Cost]) -> Grid:
    heads = ["model", "form", "cells", "train s", "examples/s", "p50 ms", "p95 ms", "p99 ms", "answers/s", "memory MiB"]
    has_energy = any(cost.joules is not None for cost in found)
    rows = []
    for cost in found:
        latencies = [_datum(value, 2) for value in (cost.p50, cost.p95, cost.p99)]
        row = [
            Datum(cost.model),
            Datum(cost.form),
            _datum(cost.cells, 0),
            _datum(cost.seconds, 2),
            _datum(cost.rate, 0),
        ]
        row += [*latencies, _datum(cost.throughput, 0), _datum(cost.memory, 0)]
        rows.append(row + ([_datum(cost.joules, 1)] if has_energy else []))
    return grid("Efficiency card", heads + (["joules"] if has_energy else []), rows, words=2)


def _detour(inputs: Inputs) -> Grid | None:
    rows = []
    for (start, model), seconds in detour_seconds(inputs).items():
        fine, count = fine_tuning_seconds(inputs, start, model)
        if not count:
            continue
        share = seconds / count
        times = (seconds + fine) / fine if fine else None
        rows.append(
            [
                Datum(start),
                Datum(model),
                _datum(seconds, 2),
                _datum(count, 0),
                _datum(share, 2),
                _datum(fine / count, 2),
                Datum(DASH if times is None else f"{times:.1f} ×", times),
            ]
        )
    heads = ["start", "model", "intermediate s", "targets", "s per target", "fine-tuning s per target", "IF over F"]
    caption = "The detour's price: intermediate training, shared by the targets of its task"
    return grid(caption, heads, rows, words=2) if rows else None


def _datum(value: float | None, places: int) -> Datum:
    return Datum(DASH if value is None else f"{value:,.{places}f}", value)
