"""Efficiency: does the detour answer as fast as plain fine-tuning, what does its training cost, and when has it paid?

F and IF are one model with other weights: latency, throughput, memory and operations are equal by construction, so that what is
asked of the measurements is whether they agree (`slopes.equivalent_ratio`), not which is the faster. What differs is training: the
intermediate's time is shared by k targets.

**Break-even.** F has A_F of accuracy after T minutes, IF has A_IF after T + I / k. Their accuracies per minute are equal at
k = I A_F / (T (A_IF - A_F)); with more targets the detour has the better rate. The interval of the gain gives that of k; where
it holds 0, k has no upper end.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.evidence.statistics import Estimate
from pipeline.evidence.studies.answer import Answer, Row, counted, level, unsaid
from pipeline.evidence.studies.evidence import Cell, Evidence, Intermediate, Timing
from pipeline.evidence.studies.slopes import FACTOR, Ratio, equivalent_ratio

ID = "efficiency"
QUESTION = "How does the efficiency of intermediate training (inference speed and memory) compare with that of direct fine-tuning?"
SERVING = ("p50", "p95", "p99", "throughput", "memory")
SHARED_BY = (1, 2, 5, 10, 100)
"""Numbers of targets that the table shares an intermediate training among."""


@dataclass(frozen=True)
class BreakEven:
    """The number of targets from which the detour earns more accuracy a minute than fine-tuning alone; None is never."""

    targets: float | None
    low: float | None
    high: float | None


def break_even(f_accuracy: float, gain: Estimate, target_minutes: float, intermediate_minutes: float) -> BreakEven:
    """Where accuracy per minute is the same with and without the detour: the formula of the module's docstring.

    Args:
        f_accuracy: of F.
        gain: IF minus F.
        target_minutes: of one fine-tuning.
        intermediate_minutes: of the intermediate training.
    """

    def targets(difference: float | None) -> float | None:
        if difference is None or difference <= 0:
            return None
        return intermediate_minutes * f_accuracy / (target_minutes * difference)

    return BreakEven(targets(gain.mean), targets(gain.high), targets(gain.low))


def efficiency(evidence: Evidence) -> Answer:
    """Compare what every pair of F and IF took."""
    timed = [
        (without, cell, without.timing, cell.timing)
        for without, cell in evidence.plain_pairs()
        if without.timing and cell.timing
    ]
    if not timed:
        return unsaid(ID, QUESTION, "no pair of F and IF has timings on this machine")
    rows = [row for found in timed if (row := _row(evidence, *found))]
    ratios = {name: _ratio([(f, if_) for _, _, f, if_ in timed], name, evidence.alpha) for name in SERVING}
    flops = [abs(if_.flops / f.flops - 1) for _, _, f, if_ in timed if if_.flops is not None and f.flops is not None]
    summary = {
        "factor": FACTOR,
        "serving": {name: ratio.as_mapping() if ratio else None for name, ratio in ratios.items()},
        "largest_relative_difference_of_flops": max(flops) if flops else None,
        "devices": sorted({timing.device for _, _, *both in timed for timing in both}),
    }
    if ratios["p50"] is None:
        reason = f"{counted(len(timed), 'pair')} of F and IF {'is' if len(timed) == 1 else 'are'} timed, and a test needs three"
        return Answer(ID, QUESTION, False, f"It cannot be said from this study: {reason}.", rows, summary, _notes(rows))
    sentence = f"{_serving(ratios['p50'], ratios, flops, evidence.alpha)} {_training(rows)}"
    return Answer(ID, QUESTION, True, sentence, rows, summary, _notes(rows))


def _ratio(timed: Sequence[tuple[Timing, Timing]], name: str, alpha: float) -> Ratio | None:
    both = [
        (above, below) for f, if_ in timed if (above := getattr(if_, name)) and (below := getattr(f, name)) is not None
    ]
    return equivalent_ratio([above for above, _ in both], [below for _, below in both], alpha)


def _row(evidence: Evidence, without: Cell, cell: Cell, f: Timing, if_: Timing) -> Row | None:
    found, training = cell.over(without, alpha=evidence.alpha), evidence.intermediates.get((cell.start, cell.model))
    if found is None:
        return None
    row: dict[str, str | float | int | bool | None] = {
        "task": cell.task,
        "target": cell.target,
        "start": cell.start,
        "model": cell.model,
        "device": if_.device,
        "f_accuracy": found.f,
        "if_accuracy": found.if_,
        "gain": found.accuracy.mean,
        "low": found.accuracy.low,
        "high": found.accuracy.high,
        "flops": if_.flops,
        # A forward pass is a third of a training step's operations; in XLNet, whose positions need no gradient, a little more.
        "inference_flops": if_.flops / 3 if if_.flops else None,
    }
    for form, timing in (("f", f), ("if", if_)):
        row |= {f"{form}_{name}": getattr(timing, name) for name in (*SERVING, "joules")}
    return row | _costs(found.f, found.accuracy, f, if_, training)


def _costs(
    f_accuracy: float, gain: Estimate, f: Timing, if_: Timing, training: Intermediate | None
) -> dict[str, float | None]:
    minutes = _target_minutes(f, if_)
    costs: dict[str, float | None] = {"target_minutes": minutes, "intermediate_minutes": None}
    if training is None or training.seconds is None or not minutes > 0:
        return costs
    once = training.seconds / 60
    even = break_even(f_accuracy, gain, minutes, once)
    costs |= {"intermediate_minutes": once, "f_accuracy_a_minute": f_accuracy / minutes}
    for k in SHARED_BY:
        costs |= {f"cost_ratio_{k}": 1 + once / k / minutes}
        costs |= {f"if_accuracy_a_minute_{k}": (f_accuracy + gain.mean) / (minutes + once / k)}
    return costs | {"break_even": even.targets, "break_even_low": even.low, "break_even_high": even.high}


def _target_minutes(f: Timing, if_: Timing) -> float:
    """Minutes of fine-tuning: the mean of both where they trained on equally many examples, since only chance then parts them."""
    alike = math.isclose(f.examples, if_.examples, rel_tol=1e-6)
    return (statistics.fmean((f.seconds, if_.seconds)) if alike else if_.seconds) / 60


def _serving(p50: Ratio, ratios: dict[str, Ratio | None], flops: Sequence[float], alpha: float) -> str:
    said = "equivalent" if p50.equivalent else "not shown to be equivalent"
    told = (
        f"Single requests take IF {p50.ratio:.2f} times as long as F (p50; {level(2 * alpha)} {p50.low:.2f} to {p50.high:.2f}, "
        f"{counted(p50.pairs, 'pair')}), {said} within a factor of {FACTOR}"
    )
    others = {"throughput": "throughput", "memory": "memory"}
    parts = [
        f"{word} {ratio.ratio:.2f} times ({'equivalent' if ratio.equivalent else 'not shown equivalent'})"
        for name, word in others.items()
        if (ratio := ratios[name])
    ]
    same = "; operations are the same" if flops and max(flops) < 1e-6 else ""
    return f"{told}{': ' + ', '.join(parts) if parts else ''}{same}."


def _training(rows: Sequence[Row]) -> str:
    ratios = [ratio for row in rows if isinstance(ratio := row.get("cost_ratio_1"), float)]
    if not ratios:
        return "What the intermediate training took was not timed."
    surely = sum(row.get("break_even_high") is not None for row in rows)
    never = sum(isinstance(row["high"], float) and row["high"] <= 0 for row in rows)
    told = f"Training for one target takes {statistics.median(ratios):.1f} times as long (median)"
    shares = sorted(share for row in rows if isinstance(share := row.get("break_even"), float))
    at = f" (by the means from {shares[0]:.1f} to {shares[-1]:.1f} targets)" if shares else ""
    return (
        f"{told}; the detour breaks even in accuracy a minute at a number of targets that the intervals bound for {surely} of "
        f"{counted(len(rows), 'pair')}{at}, and surely never for {never}."
    )


def _notes(rows: Sequence[Row]) -> list[str]:
    notes = [
        "F and IF have one architecture and one head: latency, throughput, memory and operations are equal by construction, and what "
        "differs is what else the machine did: cells are timed one after another.",
        "Latencies are of 200 requests a cell, of the model that was trained last.",
    ]
    if all(row["if_joules"] is None for row in rows):
        notes.append("Energy is not measured on a CPU.")
    if len({row["device"] for row in rows}) > 1:
        notes.append("Cells ran on several kinds of device; minutes of different ones are not comparable.")
    return notes
