"""How gains and cells are worded, alike on the command line and in the app. Scores are written as the field does: .712, -.041."""

import math
from collections.abc import Iterable, Sequence

from tui.evidence.cells import PRETRAINED
from tui.evidence.gains import NOT_COMPARABLE, GainLine, GainsTable, score_of
from tui.evidence.repeated import OverFolds
from tui.history.values import number
from tui.output import visible

MISSING = "·"


def points(value: float | None, places: int = 3, sign: bool = False) -> str:
    """A score without the zero before its point; a dot for a missing one, `NaN` for what is no number."""
    if value is None:
        return MISSING
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else f"{value:+}"
    # Adding 0 turns a negative zero, which rounding may leave, into a plain one.
    text = f"{round(value, places) + 0.0:{'+' if sign else ''}.{places}f}"
    return text.replace("0.", ".", 1) if text.lstrip("+-").startswith("0.") else text


def spread(mean: float | None, sd: float | None) -> str:
    """A mean with its deviation over seeds, where there is one: `.712 ± .010`."""
    return points(mean) if mean is None or sd is None else f"{points(mean)} ± {points(sd)}"


def ends(low: float | None, high: float | None, sign: bool = True) -> str:
    """An interval; empty where there is none."""
    return "" if low is None or high is None else f"[{points(low, sign=sign)}, {points(high, sign=sign)}]"


def verdict(line: GainLine) -> str:
    """The verdict in words, with what limits it."""
    if not line.verdict:
        return "not compared"
    if line.says("provisional"):
        return f"{line.verdict}, {line.seeds} seed{'' if line.seeds == 1 else 's'}"
    return f"{line.verdict}, negligible" if line.says("negligible") else line.verdict


def brief(line: GainLine) -> str:
    """The verdict with its sign for a narrow column; a star stands for what limits it, which the notes tell."""
    limited = line.says("provisional") or line.says("negligible")
    return f"{line.mark} {line.verdict or 'not compared'}{'*' if limited else ''}".lstrip()


def marked(line: GainLine) -> str:
    """The verdict with its sign before it."""
    return f"{line.mark} {verdict(line)}".lstrip()


def in_full(line: GainLine) -> list[str]:
    """One gain in three lines: what it is, what it is worth, what the paper and the floors say."""
    f, if_ = score_of(line.f), score_of(line.if_)
    first = f"{line.parts.stem}: F {spread(f.mean, f.sd)}, IF {spread(if_.mean, if_.sd)}"
    if not line.comparable:
        return [first, f"{verdict(line)}: {line.reason}", beside(line)]
    gain = points(line.of("gain"), sign=True)
    p = line.of("p_holm")
    worth = [marked(line), *([f"Holm p {p:.2g}"] if p is not None else []), *_beside(line)]
    return [
        f"{first}, gain {gain} {ends(line.of('low'), line.of('high')) or '(no interval)'}",
        "; ".join(worth),
        beside(line),
    ]


def beside(line: GainLine) -> str:
    """What stands beside a gain: the paper's numbers and the floors."""
    floors = f"majority {points(line.floor('majority'))}, TF-IDF {points(line.floor('tfidf'))}"
    f, if_ = line.paper_score(PRETRAINED), line.paper_score(line.parts.start)
    if f is None or if_ is None:
        return f"The paper has no such cell; {floors}"
    return f"paper F {points(f, 2)}, IF {points(if_, 2)}, gain {points(line.paper_gain, 2, sign=True)}; {floors}"


def notes(table: GainsTable) -> list[str]:
    """What must be read beside the table, a sentence or two each."""
    family = table.family
    said = [table.note] if table.note else []
    said += [table.stale] if table.stale else []
    said.append(
        f"Gain: IF minus F on {family.primary}, mean over seeds. Intervals ({100 * (1 - family.alpha):g} %), over new seeds and new "
        f"test rows, are unadjusted; "
        f"verdicts are adjusted by Holm over the {family.size or len(table.lines)} gains of the study at {points(family.alpha, 2)}; "
        f"equivalent is within {points(family.margin, 2)}."
    )
    few = [line for line in table.lines if line.says("provisional")]
    if few:
        said.append(f"* Provisional, with fewer than 3 seeds at most inconclusive: {_which(few, table)}.")
    small = [line for line in table.lines if line.says("negligible")]
    if small:
        said.append(f"* Negligible, a difference within the margin: {_which(small, table)}.")
    said += [f"{note[0].upper()}{note[1:]}: {_which(holders, table)}." for note, holders in _by_note(table.lines)]
    said += [f"{line.parts.name}: {line.reason}" for line in table.lines if not line.comparable]
    return said


def _beside(line: GainLine) -> list[str]:
    """The notes of a gain, and what repeated cross-validation says of it."""
    return [*line.notes, *([over_folds(line.repeated)] if line.repeated else [])]


def over_folds(told: OverFolds) -> str:
    """The gain over folds with its interval and the name of the test, or why there is none."""
    if reason := told.get("reason"):
        return f"over folds there is no interval: {visible(str(reason))}"
    mean, low, high, p = (number(told.get(key)) for key in ("gain", "low", "high", "p"))
    chance = "" if p is None else f", p {p:.2g}"
    times = visible(f"{told.get('repeats')} x {told.get('folds')} folds")
    return f"over {times} the gain is {points(mean, sign=True)} {ends(low, high)}{chance} ({visible(str(told.get('label')))})"


def _by_note(lines: Iterable[GainLine]) -> list[tuple[str, list[GainLine]]]:
    holders: dict[str, list[GainLine]] = {}
    for line in lines:
        for note in _beside(line):
            holders.setdefault(note, []).append(line)
    return list(holders.items())


def _which(lines: Sequence[GainLine], table: GainsTable) -> str:
    compared = sum(line.comparable for line in table.lines)
    return "every gain" if len(lines) == compared else ", ".join(line.parts.stem for line in lines)


def summary(table: GainsTable) -> str:
    """How many gains there are of each verdict: `18 gains: 2 positive, 15 inconclusive, 1 not comparable`."""
    counts: dict[str, int] = {}
    for line in table.lines:
        name = line.verdict or "not compared"
        counts[name] = counts.get(name, 0) + 1
    order = ["positive", "negative", "equivalent", "inconclusive", NOT_COMPARABLE, "not compared"]
    told = [f"{counts[name]} {name}" for name in order if name in counts]
    return f"{len(table.lines)} gain{'' if len(table.lines) == 1 else 's'}: {', '.join(told)}" if told else "no gains"
