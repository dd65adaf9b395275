"""`python -m pipeline.evidence.advice TARGET`: is the detour worth it here? JSON on standard output, from the reports of this tree.

What is measured comes first: a comparable gain of the target itself, with its verdict. Without one the other targets speak: the gain to
expect is their mean, with a **prediction interval** for one more target (t with targets - 1 degrees of freedom; models are told apart,
starts of a target averaged). With `TARGETS_FOR_A_LINE` targets or more, the predictor whose error with one target left out is smallest, if
it is smaller than the mean's, takes the mean's place with the line's prediction interval. Below `MINIMUM_TARGETS` other targets nothing is
expected and that is said.

The advice is `take` where the interval lies above 0, else `skip`: nothing supports a detour that may as well hurt, and it costs the
minutes that are told from reports/timings.
"""

import argparse
import json
import math
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import InputError
from pipeline.evidence.observations import Observation, fit_line, join, measured
from pipeline.evidence.statistics import t_quantile
from pipeline.study import PRETRAINED, Study, load_study

MINIMUM_TARGETS = 3
"""Other targets, below which their gains say nothing of one more."""
TARGETS_FOR_A_LINE = 8
"""A line has two parameters and is chosen among a score of predictors: fewer targets would choose it by luck."""
REPORTS = Path("reports")


@dataclass(frozen=True)
class Expected:
    """The gain of one more target."""

    gain: float
    low: float
    high: float
    targets: int
    by: str
    """`mean gain`, or the predictor whose line it is."""


def expected_mean(gains: Sequence[float], alpha: float = 0.05) -> Expected | None:
    """The mean of targets' gains with the 1 - alpha prediction interval of one more; None below `MINIMUM_TARGETS`."""
    count = len(gains)
    if count < MINIMUM_TARGETS:
        return None
    mean, spread = float(np.mean(gains)), float(np.std(gains, ddof=1))
    width = -t_quantile(alpha / 2, count - 1) * spread * math.sqrt(1 + 1 / count)
    return Expected(mean, mean - width, mean + width, count, "mean gain")


def expected_line(
    x: Sequence[float], gains: Sequence[float], at: float, name: str, alpha: float = 0.05
) -> Expected | None:
    """The line's gain at one more target with its prediction interval; None below `TARGETS_FOR_A_LINE` or without variation."""
    known, count = np.asarray(x, dtype=np.float64), len(x)
    spread = float(np.square(known - known.mean()).sum()) if count else 0.0
    if count < TARGETS_FOR_A_LINE or spread <= 1e-12:
        return None
    line = fit_line(x, gains)
    left = sum((gain - line.at(place)) ** 2 for place, gain in zip(x, gains, strict=True)) / (count - 2)
    width = -t_quantile(alpha / 2, count - 2) * math.sqrt(
        left * (1 + 1 / count + (at - float(known.mean())) ** 2 / spread)
    )
    return Expected(line.at(at), line.at(at) - width, line.at(at) + width, count, name)


def advise(study: Study, target: str, reports: Path = REPORTS) -> dict[str, Any]:
    """The advice for one target of the study, start by start and model by model.

    Raises:
        InputError: The study has no such target, or a report is not whole.
    """
    corpus = study.corpus(target)
    group = study.group(corpus.task)
    if target not in group.targets:
        raise InputError(
            f"'{target}' is no target of {corpus.task} in params.yaml; choose from {', '.join(group.targets) or 'none'}."
        )
    gains = _read(reports / "gains.json")
    entries = join(
        gains, _read(reports / "evidence" / "transferability.json"), _read(reports / "evidence" / "distances.json")
    )
    judged = _judged(reports)
    options = [
        _option(study, target, start, model, gains, entries, judged, reports)
        for start in group.starts
        if start != PRETRAINED
        for model in study.models
    ]
    taken = [option for option in options if option["advice"] == "take"]
    best = max(taken, key=_promise) if taken else None
    return {
        "target": target,
        "task": corpus.task,
        "advice": "take" if best else "skip",
        "words": _summary(target, options, best),
        "history": _history(entries, target),
        "options": options,
    }


def _option(
    study: Study,
    target: str,
    start: str,
    model: str,
    gains: Any,
    entries: Sequence[Mapping[str, Any]],
    judged: Mapping[str, Any],
    reports: Path,
) -> dict[str, Any]:
    task = study.corpus(target).task
    found = (gains or {}).get("gains", {}).get(f"{task}/{target}/{start}/{model}")
    others = [one for one in measured(entries) if one.target != target and one.model == model]
    known: Mapping[str, float] = next(
        (one["known"] for one in entries if (one["target"], one["start"], one["model"]) == (target, start, model)), {}
    )
    expected = _expected(others, known, judged)
    of_it = _measured(found)
    return {
        "start": start,
        "model": model,
        "measured": of_it,
        "expected": vars(expected) if expected else None,
        "minutes": _minutes(reports, task, target, start, model),
        **_advice(of_it, expected, len({one.target for one in others})),
    }


def _measured(found: Any) -> dict[str, Any] | None:
    if not found or not found["comparable"]:
        return None
    return {
        key: found[key] for key in ("gain", "low", "high", "verdict", "provisional", "negligible", "seeds", "test_rows")
    }


def _expected(others: Sequence[Observation], known: Mapping[str, float], judged: Mapping[str, Any]) -> Expected | None:
    """What other targets make expected: by the best predictor where it has earned that, else by their mean."""
    by_target: dict[str, list[Observation]] = defaultdict(list)
    for one in others:
        by_target[one.target].append(one)
    gains = {name: float(np.mean([one.gain for one in of_it])) for name, of_it in by_target.items()}
    name = _earned(judged)
    if name is not None and name in known:
        x = {
            target: float(np.mean([one.known[name] for one in of_it]))
            for target, of_it in by_target.items()
            if all(name in one.known for one in of_it)
        }
        line = expected_line(list(x.values()), [gains[target] for target in x], known[name], name)
        if line is not None:
            return line
    return expected_mean(list(gains.values()))


def _earned(judged: Mapping[str, Any]) -> str | None:
    """The predictor of the smallest error with one target left out, if that is below the mean gain's."""
    to_beat = (judged.get("baselines", {}).get("mean_gain") or {}).get("error")
    errors = {name: told["error"] for name, told in judged.get("predictors", {}).items() if told["error"] is not None}
    best = min(errors, key=lambda name: (errors[name], name), default=None)
    return best if best is not None and to_beat is not None and errors[best] < to_beat else None


def _advice(of_it: Mapping[str, Any] | None, expected: Expected | None, targets: int) -> dict[str, str]:
    if of_it is not None:
        verdict = str(of_it["verdict"])
        if verdict == "positive":
            # Negligible gains are no reason to spend anything.
            if of_it["negligible"]:
                return {"advice": "skip", "words": "measured here: positive, but smaller than the margin"}
            return {"advice": "take", "words": "measured here: the gain is positive"}
        few = f" ({of_it['seeds']} seeds are too few for another verdict)" if of_it["provisional"] else ""
        return {"advice": "skip", "words": f"measured here: {verdict}{few}; nothing supports the detour"}
    if expected is None:
        count = f"{targets} other target{'' if targets == 1 else 's'}"
        return {
            "advice": "skip",
            "words": f"the history is too small to say: {count} measured, {MINIMUM_TARGETS} are needed",
        }
    if expected.low > 0:
        return {"advice": "take", "words": f"{expected.targets} other targets make a gain expected"}
    if expected.high < 0:
        return {"advice": "skip", "words": f"{expected.targets} other targets make a loss expected"}
    return {
        "advice": "skip",
        "words": f"nothing supports the detour: {expected.targets} other targets leave the sign open",
    }


def _promise(option: Mapping[str, Any]) -> float:
    return float((option["measured"] or option["expected"])["low"] or 0.0)


def _summary(target: str, options: Sequence[Mapping[str, Any]], best: Mapping[str, Any] | None) -> str:
    if not options:
        return f"Skip the detour for {target}: its task has no start other than {PRETRAINED}."
    if best is not None:
        return f"Take the detour over {best['start']} with {best['model']} for {target}: {best['words']}."
    reasons = sorted({str(option["words"]) for option in options})
    if len(reasons) == 1:
        return f"Skip the detour for {target}: {reasons[0]}."
    return f"Skip the detour for {target}: nothing supports it for any model."


def _history(entries: Sequence[Mapping[str, Any]], target: str) -> dict[str, Any]:
    found = [one for one in measured(entries) if one.target != target]
    return {"gains": len(found), "targets": sorted({one.target for one in found})}


def _minutes(reports: Path, task: str, target: str, start: str, model: str) -> dict[str, Any]:
    """Minutes of processing as they were recorded: of the detour (once for all targets), and of fine-tuning with it."""
    detour = _process(reports / "timings" / "intermediate" / f"{start}-{model}.json")
    cell = _process(reports / "timings" / task / f"{target}-{start}-{model}.json")
    note = None
    if detour is None:
        note = "no timing of the intermediate training is recorded"
    return {
        "detour": None if detour is None else detour["seconds"] / 60,
        "fine_tuning": None if cell is None else cell["seconds"] / 60,
        "device": None if detour is None else detour["device"],
        "note": note,
    }


def _process(path: Path) -> dict[str, Any] | None:
    told = _read(path)
    if not told or not told.get("process"):
        return None
    devices = sorted({str(seed["device"]) for seed in told.get("seeds", []) if seed.get("device")})
    return {"seconds": float(told["process"][0]["seconds"]), "device": ", ".join(devices) or None}


def _judged(reports: Path) -> Mapping[str, Any]:
    found = _read(reports / "evidence" / "predictors.json")
    return dict(found["judged"][0]) if found else {}


def _read(path: Path) -> Any:
    if not path.is_file():
        return None
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path} is not whole JSON ({error}); write it anew with `dvc repro`.") from None


def main() -> int:
    """Print the advice; 2 for a fault of input."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.evidence.advice")
    parser.add_argument("target")
    options = parser.parse_args()
    try:
        print(json.dumps(advise(load_study(), options.target), indent=1, ensure_ascii=False))
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
