"""What a run would cost: minutes and memory of every stage that trains, from the timings that earlier runs recorded.

A recorded training gives seconds for one training example (its share of scoring dev and test included). They are scaled to
another model and length by the work of one example, to other rows, epochs and seeds by their number. The records of the
same model and corpus are taken where there are any, else those of the same model, else those of the model that is nearest in
work; a range is the lowest to the highest of the records taken, twice as wide each way where the model is another one.

What has no record (corpora, encoders, tables) or no known size has no forecast, and the total says how many stages that
leaves out. A forecast is for one stage after another on the machine that the records come from, which is named.
"""

import json
import math
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.study import Encoder, Study, parse_yaml, read_yaml, study_from
from tui.checkout import GitFault, git
from tui.runs.model_sizes import Size, size_of
from tui.runs.plan import Stage

OTHER_MODEL = 2.0
"""How much wider a range is, each way, when the records are another model's: efficiency changes with size."""

BYTES_A_PARAMETER = 16
"""Weights, gradients and AdamW's two moments in fp32."""

SOURCES = ((Path("reports/timings"), None), (Path("reports/real/timings"), Path("tests/real/study.yaml")))
"""Where timings are recorded, and the overlay of HEAD's params.yaml that they were recorded with."""


@dataclass(frozen=True)
class Training:
    """What one stage trains, as far as its cost depends on it."""

    corpus: str
    encoder: Encoder
    size: Size | None
    tokens: int
    examples: int | None
    """Training examples over all epochs and seeds; None where the rows are not known."""

    @property
    def work(self) -> float | None:
        """Multiplications of one example's forward pass, as if every text were cut at `tokens`."""
        return None if self.size is None else self.size.work(self.tokens)


@dataclass(frozen=True)
class Record:
    """One recorded training of one seed."""

    training: Training
    seconds_an_example: float
    memory_mib: float
    host: str
    device: str


@dataclass(frozen=True)
class Estimate:
    """The forecast of one stage."""

    stage: str
    low: float | None
    """Minutes; None where there is no basis."""
    high: float | None
    memory_mib: float | None
    """At least this much memory; None where it cannot be told."""
    basis: str
    """What the numbers rest on, or why there are none."""


@dataclass(frozen=True)
class Forecast:
    """The forecast of a run."""

    estimates: tuple[Estimate, ...]

    @property
    def known(self) -> list[Estimate]:
        """The stages that have a forecast."""
        return [estimate for estimate in self.estimates if estimate.low is not None]

    @property
    def minutes(self) -> tuple[float, float] | None:
        """The least and the most that the stages with a forecast take, one after another; None without any."""
        if not self.known:
            return None
        return sum(one.low or 0.0 for one in self.known), sum(one.high or 0.0 for one in self.known)

    @property
    def memory_mib(self) -> float | None:
        """What the largest stage needs at least."""
        return max((one.memory_mib for one in self.known if one.memory_mib is not None), default=None)

    @property
    def without(self) -> int:
        """How many stages have no forecast."""
        return len(self.estimates) - len(self.known)


def forecast(study: Study, stages: Sequence[Stage], tree: Path) -> Forecast:
    """Forecast the stages that are to run.

    Args:
        study: The study as the run sees it.
        stages: The run's stages; those that come out of the cache cost nothing and are left out. A stage that is
            `undecided` may, so its least is nothing.
        tree: A checkout at the run's base, whose reports are read.
    """
    records = list(read_records(tree))
    trainings = dict(_trainings(study, tree))
    found = [
        _estimate(stage, trainings.get(stage.name), records)
        for stage in stages
        if stage.state in ("to run", "undecided")
    ]
    return Forecast(tuple(found))


def _estimate(stage: Stage, training: Training | None, records: Sequence[Record]) -> Estimate:
    if training is None:
        return Estimate(stage.name, None, None, None, "no basis: only training is timed")
    if training.examples is None:
        why = f"no basis: corpora.{training.corpus} says no sample, so its rows are not known"
        return Estimate(stage.name, None, None, None, why)
    taken, how = _nearest(training, records)
    if not taken:
        return Estimate(stage.name, None, None, None, f"no basis: {how}")
    minutes = [one.seconds_an_example * _ratio(training, one) * training.examples / 60 for one in taken]
    wider = 1.0 if _same_model(training, taken[0]) else OTHER_MODEL
    low = 0.0 if stage.state == "undecided" else min(minutes) / wider
    hosts = ", ".join(sorted({f"{one.host} ({one.device})" for one in taken}))
    return Estimate(stage.name, low, max(minutes) * wider, _memory(training, taken), f"{how} on {hosts}")


def _nearest(training: Training, records: Sequence[Record]) -> tuple[list[Record], str]:
    """The records that come nearest to a training, and what they are."""
    # This machine's own records before those of another.
    here = [one for one in records if one.host == platform.node()] or list(records)
    same = [one for one in here if _same_model(training, one)]
    if exact := [one for one in same if one.training.corpus == training.corpus]:
        return exact, "the same model and corpus"
    if same:
        return same, "the same model on other corpora"
    if training.work is None:
        return [], "the sizes of the model are not known before it is fetched"
    sized = sorted(
        (abs(math.log2(_ratio(training, one))), index) for index, one in enumerate(here) if one.training.work
    )
    if not sized:
        return [], "nothing was timed yet"
    nearest = here[sized[0][1]]
    taken = [one for one in here if one.training.size == nearest.training.size]
    return taken, f"another model's records scaled by {_ratio(training, nearest):,.3g} in work an example,"


def _same_model(training: Training, record: Record) -> bool:
    return record.training.encoder == training.encoder


def _ratio(training: Training, record: Record) -> float:
    """How much more work an example is than in the record; longer texts cost what their cut says, at most."""
    if training.work and record.training.work:
        return training.work / record.training.work
    return training.tokens / record.training.tokens


def _memory(training: Training, taken: Sequence[Record]) -> float | None:
    """The recorded peak of the same model, else what the parameters alone take beside the programs."""
    if _same_model(training, taken[0]):
        return max(one.memory_mib for one in taken)
    if training.size is None or training.size.parameters is None:
        return None
    return training.size.parameters * BYTES_A_PARAMETER / 2**20


# What a study trains


def _trainings(study: Study, tree: Path) -> Iterator[tuple[str, Training]]:
    """Every training of a study with the name of its stage."""
    sizes = {model: size_of(study.encoders[model], tree) for model in study.models}
    for key, start in study.starts.items():
        settings = study.training.intermediate
        rows = _train_rows(study, start.corpus)
        rows = min(rows, start.examples) if rows is not None and start.examples is not None else rows or start.examples
        passes = (start.epochs or settings.epochs) * len(settings.seeds)
        for model in study.models:
            examples = None if rows is None else rows * passes
            yield (
                f"intermediate@{key}-{model}",
                Training(start.corpus, study.encoders[model], sizes[model], settings.max_tokens, examples),
            )
    for cell in study.cells():
        rows = _train_rows(study, cell.target)
        examples = None if rows is None else rows * study.training.target.epochs * len(study.seeds)
        tokens = study.training.target.max_tokens
        yield cell.name, Training(cell.target, study.encoders[cell.model], sizes[cell.model], tokens, examples)


def _train_rows(study: Study, corpus: str) -> int | None:
    """The rows that a corpus trains with, as many as its block asks for; None where it asks for all there are."""
    block = study.corpora[corpus]
    samples = [file.sample for file in block.source]
    asked = [sample for sample in samples if sample is not None]
    rows = block.sample if block.sample is not None else sum(asked) if len(asked) == len(samples) else None
    if rows is None:
        return None
    # In folds a seed trains a model for each, on all rows but its own.
    folds = block.split.folds
    passes = folds - 1 if folds else 1 - study.split.test
    return round(rows * passes * (1 - study.split.dev))


# What was recorded


def read_records(tree: Path) -> Iterator[Record]:
    """Every timing that the reports of a checkout hold, one for each seed."""
    try:
        base = parse_yaml(git(tree, "show", "HEAD:params.yaml"), "params.yaml of HEAD")
    except GitFault:
        return
    for folder, overlay in SOURCES:
        if not (tree / folder).is_dir() or (overlay is not None and not (tree / overlay).is_file()):
            continue
        blocks = read_yaml(tree / overlay) if overlay is not None else {}
        yield from _records_below(tree / folder, study_from({**base, **blocks}, f"the study of {folder}"), tree)


def _records_below(folder: Path, study: Study, tree: Path) -> Iterator[Record]:
    for name, training in _trainings(study, tree):
        path = folder / name.split("@")[0] / f"{name.split('@')[1]}.json"
        if not path.is_file():
            continue
        told = json.loads(path.read_text(encoding="utf-8"))
        process = _first(told.get("process"))
        for seed in told.get("seeds", []):
            if seed.get("examples_per_second"):
                yield Record(
                    training,
                    1 / seed["examples_per_second"],
                    float(process.get("peak_memory_mib", 0.0)),
                    str(process.get("host", "an unnamed machine")),
                    str(seed.get("device", "cpu")),
                )


def _first(rows: Any) -> dict[str, Any]:
    return dict(rows[0]) if rows else {}


# Words


def in_words(minutes: float) -> str:
    """A duration as a person says it, to two figures."""
    number, unit = _in_unit(minutes, _unit(minutes))
    return f"{number} {unit}"


def span_in_words(low: float, high: float) -> str:
    """A range of minutes, the unit said once where both ends have it."""
    if low <= 0:
        return f"up to {in_words(high)}"
    if _unit(low) == _unit(high):
        return f"{_in_unit(low, _unit(low))[0]} to {in_words(high)}"
    return f"{in_words(low)} to {in_words(high)}"


_UNITS = {"days": 24 * 60.0, "h": 60.0, "min": 1.0, "s": 1 / 60}


def _unit(minutes: float) -> str:
    return next((unit for unit, size in _UNITS.items() if minutes >= size), "s")


def _in_unit(minutes: float, unit: str) -> tuple[str, str]:
    number = minutes / _UNITS[unit]
    return (f"{number:,.0f}" if number >= 10 else f"{number:.2g}"), unit
