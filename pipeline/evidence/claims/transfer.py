"""Claims about sizes, about negative transfer, and about languages that are alike."""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.evidence.claims.evidence import Evidence
from pipeline.evidence.claims.finding import Claim, Finding, Word, at_least, between
from pipeline.reporting.paper import TABLE_1, TIMES_LARGER, stated_size

ALMOST_ALL = 0.9
"""'in almost all cases'; the share is ours, the paper gives none."""
ALIKE = frozenset({"fr", "es", "de"})
"""Languages that the paper calls close to English (Limitations)."""


def ten_times_larger(evidence: Evidence) -> Claim:
    """Each intermediate corpus is at least ten times larger than the target's."""
    printed = [
        (row.title, start.rows / target.rows)
        for row in TABLE_1
        if (start := stated_size(row.start)) and (target := stated_size(row.target))
    ]
    ours = [
        (f"{target} from {start}", evidence.rows[corpus] / evidence.rows[target])
        for task, target in evidence.columns()
        for start, corpus in evidence.starts.items()
        if any(cell.start == start and (cell.task, cell.target) == (task, target) for cell in evidence.cells)
        and evidence.rows.get(target)
        and corpus in evidence.rows
    ]
    return Claim(
        "ten_times_larger",
        "Each intermediate corpus is at least an order of magnitude larger than the target's.",
        "Methodology",
        _sizes(printed),
        _sizes(ours),
    )


def _sizes(found: Sequence[tuple[str, float]]) -> Finding:
    if not found:
        return Finding("undecided", "The sizes of no pair are known.")
    word: Word = "holds" if all(times >= TIMES_LARGER for _, times in found) else "fails"
    return Finding(word, f"Times larger: {', '.join(f'{times:.1f} ({name})' for name, times in found)}.")


def mostly_negative(evidence: Evidence) -> Claim:
    """The detour does harm in almost all cases."""
    printed = [gain for row in TABLE_1 for model in row.accuracy if (gain := row.gain(row.start, model)) is not None]
    negative = sum(gain < 0 for gain in printed)
    told = f"{negative} of {len(printed)} printed gains are negative, mean {statistics.fmean(printed):+.3f}."
    return Claim(
        "mostly_negative",
        "In almost all cases intermediate training does harm.",
        "Conclusion",
        Finding("holds" if negative >= ALMOST_ALL * len(printed) else "fails", told),
        _negative([entry for entry in evidence.gains.values() if entry.get("start") in evidence.starts]),
    )


def _negative(gains: Sequence[Mapping[str, Any]]) -> Finding:
    compared = [entry for entry in gains if entry.get("comparable")]
    if not compared:
        return Finding("undecided", "No gain could be compared.")
    verdicts = [entry.get("verdict") for entry in compared]
    least = verdicts.count("negative")
    most = len(compared) - verdicts.count("positive") - verdicts.count("equivalent")
    below = sum(entry["gain"] < 0 for entry in compared)
    return Finding(
        at_least(ALMOST_ALL * len(compared), least, most),
        f"By verdict {between(least, most)} of {len(compared)} gains are negative; by the means alone {below}.",
    )


def similar_languages(evidence: Evidence) -> Claim:
    """Targets in languages like English gain from English intermediate training."""
    rows = [row for row in TABLE_1 if row.kind == "crosslingual"]
    printed = [gain for row in rows for model in row.accuracy if (gain := row.gain(row.start, model)) is not None]
    word: Word = "holds" if all(gain > 0 for gain in printed) else "fails"
    up = sum(gain > 0 for gain in printed)
    told = (
        f"{up} of {len(printed)} printed gains across languages are positive ({', '.join(row.title for row in rows)})."
    )
    return Claim(
        "similar_languages",
        "Across languages that are similar in syntax and meaning, such as English to French and Spanish, the detour helps.",
        "Results and Discussion",
        Finding(word, told),
        _alike(evidence),
    )


def _alike(evidence: Evidence) -> Finding:
    compared = [
        entry
        for entry in evidence.gains.values()
        if entry.get("comparable")
        and entry.get("kind") == "crosslingual"
        and entry.get("start") in evidence.starts
        and ALIKE.issuperset(set(evidence.languages.get(entry["target"], ("?",))) - {"en"})
    ]
    if not compared:
        return Finding("undecided", "No gain on French, Spanish or German rows alone could be compared.")
    verdicts = [entry.get("verdict") for entry in compared]
    up, down = verdicts.count("positive"), verdicts.count("negative") + verdicts.count("equivalent")
    word: Word = "fails" if down else "holds" if up == len(compared) else "undecided"
    names = ", ".join(dict.fromkeys(str(entry["target"]) for entry in compared))
    return Finding(
        word, f"Of {len(compared)} gains on {names} {up} are positive and {down} negative or equivalent, by verdict."
    )
