"""The gains of one tree: IF minus F for every cell that began with an intermediate start.

`read_cells` reads reports/cells and reports/predicted; `gains` compares each IF cell with the F cell (start
`pretrained`) of the same task, target and model, and returns what reports/gains.json holds. A pair forms only
where settings, scored test rows and seeds agree; otherwise the gain is not comparable, with the reason in one
sentence.

**Family.** All gains of the study on the primary score: every IF cell that the study declares counts, whether it
could be compared or not, so that a partial run is never easier to pass than the whole. Equivalence is a family of
its own, of the same size. Intervals beside the verdicts are unadjusted. Accuracy decides; macro-F1 and the paper's
protocol describe.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NoReturn, Self, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.errors import InputError
from pipeline.evidence.statistics import Gain, Ids, gain, holm, verdict
from pipeline.files import digest

PRETRAINED = "pretrained"
NOT_COMPARABLE = "not comparable"

CellName = tuple[str, str]
"""Task and stem (`<target>-<start>-<model>`)."""
Seed = Annotated[str, Field(pattern=r"^-?\d+$")]


class _Part(BaseModel):
    """A part of a record that is read here; the rest of the record is not looked at."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


P = TypeVar("P", bound=_Part)


class _Mean(_Part):
    mean: float


class _Paper(_Part):
    accuracy: _Mean


class _Record(_Part):
    """What gains need of reports/cells."""

    kind: str
    accuracy: _Mean
    macro_f1: _Mean
    paper: _Paper
    settings: str
    test: str
    checkpoint: str


class _About(_Part):
    """What makes predictions comparable."""

    settings: dict[str, Any]
    test: str
    checkpoint: str


class _Predicted(_Part):
    """What gains need of reports/predicted."""

    labels: Annotated[list[str], Field(min_length=2)]
    gold: Annotated[list[int], Field(min_length=1)]
    predicted: Annotated[dict[Seed, list[int]], Field(min_length=1)]
    about: Annotated[list[_About], Field(min_length=1, max_length=1)]
    intermediate_seeds: list[int]

    @model_validator(mode="after")
    def _rows_agree(self) -> Self:
        for name, ids in {
            "gold": self.gold,
            **{f"predicted.{seed}": ids for seed, ids in self.predicted.items()},
        }.items():
            if len(ids) != len(self.gold):
                raise ValueError(f"{name} has {len(ids)} label ids where gold has {len(self.gold)}")
            if not all(0 <= label < len(self.labels) for label in ids):
                raise ValueError(f"{name} has a label id that none of the {len(self.labels)} labels has")
        return self

    @property
    def settings(self) -> dict[str, Any]:
        """All that has to agree between F and IF, by leaf key."""
        return self.about[0].settings

    @property
    def seeds(self) -> list[str]:
        """Seeds in rising order."""
        return sorted(self.predicted, key=int)

    @property
    def matrix(self) -> Ids:
        """Seeds x rows of predicted label ids."""
        return np.array([self.predicted[seed] for seed in self.seeds], dtype=np.int64)


@dataclass(frozen=True)
class CellEvidence:
    """Both records of one cell."""

    record: dict[str, Any]
    """reports/cells as it was read."""
    scores: _Record
    predicted: _Predicted


def read_cells(reports: Path, cells: Iterable[CellName]) -> dict[CellName, CellEvidence | None]:
    """Read both records of every cell, in the order given; None where one of them is absent.

    Raises:
        InputError: a record is damaged, or the two of a cell stem from different runs.
    """
    return {name: _read_cell(reports, name) for name in cells}


def _read_cell(reports: Path, name: CellName) -> CellEvidence | None:
    task, stem = name
    cells, predictions = (reports / kind / task / f"{stem}.json" for kind in ("cells", "predicted"))
    if not (cells.exists() and predictions.exists()):
        return None
    record = _read_object(cells, name)
    scores = _parse(_Record, record, cells, name)
    predicted = _parse(_Predicted, _read_object(predictions, name), predictions, name)
    about = predicted.about[0]
    of_predicted = (about.test, about.checkpoint, digest(about.settings))
    if (scores.test, scores.checkpoint, scores.settings) != of_predicted:
        _damaged(cells, name, f"it does not belong to {predictions}, which another run wrote")
    return CellEvidence(record, scores, predicted)


def _read_object(path: Path, name: CellName) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except ValueError as error:
        _damaged(path, name, f"it is not whole JSON: {error}")


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def _parse(part: type[P], value: Any, path: Path, name: CellName) -> P:
    try:
        return part.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        _damaged(path, name, f"{'.'.join(map(str, first['loc'])) or 'the record'}: {first['msg']}")


def _damaged(path: Path, name: CellName, fault: str) -> NoReturn:
    mend = f"write it anew with `dvc repro --force --single-item {_title(name)}`"
    raise InputError(f"{path} is damaged ({fault}); {mend}.")


def _title(name: CellName) -> str:
    return f"{name[0]}@{name[1]}"


def gains(
    cells: Mapping[CellName, CellEvidence | None],
    primary: str = "accuracy",
    alpha: float = 0.05,
    margin: float = 0.01,
    declared: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Every gain of a study.

    Args:
        cells: all cells that the study declares, in its order, as `read_cells` gives them.
        primary: the score that decides; only `accuracy` has a family.
        alpha: error rate of the families and of the intervals.
        margin: gains within it are as good as none.
        declared: settings of the study as it now stands, by leaf key, and its `seeds`: a pair that was measured with
            others belongs to an earlier study and is not compared with this one's cells.

    Returns:
        `{"family": {...}, "gains": {"<task>/<target>/<start>/<model>": {...}}}`, in the order of `cells`.

    Raises:
        InputError: `primary` is another score.
    """
    if primary != "accuracy":
        raise InputError(f"statistics.primary is {primary!r}, but macro-F1 only describes: set it to accuracy.")
    entries: dict[str, dict[str, Any]] = {}
    measured: dict[str, Gain] = {}
    for name, if_ in cells.items():
        target, start, model = name[1].split("-")
        if start == PRETRAINED:
            continue
        key, f_name = "/".join((name[0], target, start, model)), (name[0], f"{target}-{PRETRAINED}-{model}")
        f, reason = cells.get(f_name), _absent(cells, f_name, name)
        if f and if_ and not reason:
            reason = _difference(f.predicted, if_.predicted) or _overtaken(if_.predicted, declared or {})
            if not reason:
                measured[key] = gain(
                    f.predicted.matrix, if_.predicted.matrix, np.array(f.predicted.gold), len(f.predicted.labels), alpha
                )
        entries[key] = {"task": name[0], "target": target, "start": start, "model": model, "reason": reason}
        entries[key] |= _known(f, if_) | _numbers(measured.get(key), f, if_, margin)
    _decide(entries, measured, alpha, margin)
    family = {"primary": primary, "alpha": alpha, "margin": margin, "size": len(entries), "intervals": "unadjusted"}
    return {"family": family, "gains": entries}


def _absent(cells: Mapping[CellName, CellEvidence | None], f: CellName, if_: CellName) -> str | None:
    """The sentence that says which of the two cells is not there, if any."""
    if f not in cells:
        return f"The study has no cell {_title(f)} to compare with."
    missing = [_title(name) for name in (f, if_) if cells[name] is None]
    return f"There is no result of {' and none of '.join(missing)}." if missing else None


def _difference(f: _Predicted, if_: _Predicted) -> str | None:
    """The sentence that says what keeps F and IF from being compared, if anything does."""
    keys = [key for key in sorted({*f.settings, *if_.settings}) if _value(f, key) != _value(if_, key)]
    if keys:
        told = [f"{key} is {_value(f, key)} for F and {_value(if_, key)} for IF" for key in keys[:3]]
        more = f", and {len(keys) - 3} more" if len(keys) > 3 else ""
        return f"Settings differ: {'; '.join(told)}{more}."
    if (f.about[0].test, f.gold) != (if_.about[0].test, if_.gold):
        return f"Test rows differ: F is scored on {len(f.gold)} rows and IF on {len(if_.gold)} that are not the same."
    if f.seeds != if_.seeds:
        return f"Seeds differ: F has {', '.join(f.seeds)} and IF has {', '.join(if_.seeds)}."
    return None


def _overtaken(measured: _Predicted, declared: Mapping[str, Any]) -> str | None:
    """The sentence that says in what the study has changed since a pair was measured, if in anything."""
    seeds = {"seeds": [int(seed) for seed in measured.seeds]}
    then = {**measured.settings, **seeds}
    now = {**declared, "seeds": sorted(declared["seeds"])} if "seeds" in declared else declared
    changed = [key for key in sorted(now) if key in then and then[key] != now[key]]
    if not changed:
        return None
    told = "; ".join(f"{key} was {json.dumps(then[key])} and is now {json.dumps(now[key])}" for key in changed[:3])
    return f"The study has changed since F and IF were measured ({told}): run both cells again."


def _value(predicted: _Predicted, key: str) -> str:
    settings = predicted.settings
    return json.dumps(settings[key], ensure_ascii=False, sort_keys=True) if key in settings else "absent"


def _known(f: CellEvidence | None, if_: CellEvidence | None) -> dict[str, Any]:
    """What the two cells say of themselves, whether they can be compared or not."""
    either = if_ or f
    return {
        "kind": either.scores.kind if either else None,
        "f": f.scores.accuracy.mean if f else None,
        "if": if_.scores.accuracy.mean if if_ else None,
        "seeds": len(if_.predicted.seeds) if if_ else 0,
        "test_rows": len(if_.predicted.gold) if if_ else 0,
        "conditional": if_ is not None and len(if_.predicted.intermediate_seeds) < 2,
        "verdict": NOT_COMPARABLE,
        "provisional": False,
        "negligible": False,
        "p_holm": None,
        "equivalence_p_holm": None,
    }


def _numbers(measured: Gain | None, f: CellEvidence | None, if_: CellEvidence | None, margin: float) -> dict[str, Any]:
    """The differences, before their family is looked at; all None where the pair does not form."""
    accuracy, macro_f1 = (measured.accuracy, measured.macro_f1) if measured else (None, None)
    paper_f = f.scores.paper.accuracy.mean if f else None
    paper_if = if_.scores.paper.accuracy.mean if if_ else None
    paper_gain = None
    if measured and paper_f is not None and paper_if is not None:
        paper_gain = paper_if - paper_f
    return {
        "comparable": measured is not None,
        "gain": accuracy.mean if accuracy else None,
        "low": accuracy.low if accuracy else None,
        "high": accuracy.high if accuracy else None,
        "p": accuracy.p_value if accuracy else None,
        "equivalence_p": accuracy.equivalence_p(margin) if accuracy else None,
        "df": accuracy.df if accuracy else None,
        "note": _note(measured, f.predicted, if_.predicted) if measured and f and if_ else None,
        "macro_f1": {
            "f": f.scores.macro_f1.mean if f else None,
            "if": if_.scores.macro_f1.mean if if_ else None,
            "gain": macro_f1.mean if macro_f1 else None,
            "low": macro_f1.low if macro_f1 else None,
            "high": macro_f1.high if macro_f1 else None,
        },
        "paper": {"f": paper_f, "if": paper_if, "gain": paper_gain},
    }


def _note(measured: Gain, f: _Predicted, if_: _Predicted) -> str | None:
    """What a reader must know beside the numbers."""
    notes = []
    if folds := next((value for key, value in if_.settings.items() if key.endswith(".split.folds")), None):
        # Bengio and Grandvalet 2004: no estimator tells this part of the variance without bias.
        notes.append(f"each seed is {folds} folds, whose shared training rows the interval takes as given")
    if len(if_.intermediate_seeds) < 2:
        notes.append("conditional on one intermediate checkpoint")
    elif len(if_.intermediate_seeds) < len(if_.seeds):
        shared = f"{len(if_.seeds)} seeds share {len(if_.intermediate_seeds)} intermediate checkpoints"
        notes.append(f"{shared}, which the interval takes as independent")
    if len(if_.seeds) == 1:
        notes.append("one seed gives no interval")
    elif measured.accuracy.standard_error == 0:
        notes.append("no difference varies, so the interval has no width")
    return "; ".join(notes + _without_collapsed(f, if_)) or None


def _without_collapsed(f: _Predicted, if_: _Predicted) -> list[str]:
    """The gain without the seeds that predict one class only; they stay in everywhere else."""
    collapsed = (np.ptp(f.matrix, axis=1) == 0) | (np.ptp(if_.matrix, axis=1) == 0)
    seeds = ", ".join(seed for seed, is_so in zip(if_.seeds, collapsed, strict=True) if is_so)
    if not seeds:
        return []
    if collapsed.all():
        return ["F or IF predicts one class only with every seed"]
    gold = np.array(f.gold)
    accuracies = [np.mean(cell.matrix[~collapsed] == gold) for cell in (f, if_)]
    return [f"without runs that predict one class only (seed {seeds}) the gain is {accuracies[1] - accuracies[0]:+.3f}"]


def _decide(entries: dict[str, dict[str, Any]], measured: Mapping[str, Gain], alpha: float, margin: float) -> None:
    """Adjust both families and set the verdicts."""
    differences = holm(_column(entries, "p"))
    equivalences = holm(_column(entries, "equivalence_p"))
    for (key, entry), p_holm, equivalence_p_holm in zip(entries.items(), differences, equivalences, strict=True):
        if key in measured:
            said = verdict(measured[key].accuracy, entry["seeds"], p_holm, equivalence_p_holm, alpha, margin)
            entry |= {"p_holm": p_holm, "equivalence_p_holm": equivalence_p_holm, "verdict": said.name}
            entry |= {"provisional": said.provisional, "negligible": said.negligible}


def _column(entries: Mapping[str, Mapping[str, Any]], name: str) -> Sequence[float | None]:
    return [entry[name] for entry in entries.values()]
