"""What a run would cost: minutes, memory and disk of every stage that trains, from what earlier runs recorded.

A recorded training gives seconds for one training example (its share of scoring dev and test included). They are scaled to
another model and length by the work of one example, to other rows, epochs and seeds by their number. The records of the
same model and corpus are taken where there are any, else those of the same model, else those of the model that is nearest in
work; a range is the lowest to the highest of the records taken, twice as wide each way where the model is another one. Where
nothing was recorded, operations are counted (`tui.runs.rates`). What a kept state has behind it costs nothing again.

What trains nothing (corpora, encoders, tables) or has no known size has no forecast of minutes, and the total says how many stages
that leaves out. A forecast is for the machine that the records come from, which is named.
"""

import math
import platform
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.study import Encoder, Study
from tui.runs.footprint import disk_mib, gpu_mib, state_mib, weights_mib
from tui.runs.model_sizes import Size, size_of
from tui.runs.plan import Stage
from tui.runs.rates import minutes_of, rate_here
from tui.runs.timings import Record, read_records
from tui.runs.trainings import Training, trainings

OTHER_MODEL = 2.0
"""How much wider a range is, each way, when the records are another model's: efficiency changes with size."""

Span = tuple[float, float]
"""The least and the most."""


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
    gpu_mib: Span | None = None
    """What one seed takes of a GPU, where there is one; None where it cannot be told."""
    disk_mib: Span | None = None
    """What the stage leaves on disk; None where it cannot be told."""
    state_mib: float = 0.0
    """What its state takes beside that while it trains."""


@dataclass(frozen=True)
class Forecast:
    """The forecast of a run."""

    estimates: tuple[Estimate, ...]
    upstream: Mapping[str, tuple[str, ...]]
    """What each of these stages waits for."""
    jobs: int = 1
    """Stages that run side by side."""

    @property
    def known(self) -> list[Estimate]:
        """The stages that have a forecast of minutes."""
        return [estimate for estimate in self.estimates if estimate.low is not None]

    @property
    def minutes(self) -> Span | None:
        """The least and the most that the stages with a forecast take, one after another; None without any."""
        if not self.known:
            return None
        return sum(one.low or 0.0 for one in self.known), sum(one.high or 0.0 for one in self.known)

    @property
    def wall_minutes(self) -> Span | None:
        """The same with `jobs` stages side by side, none of which slows another down.

        No order is quicker than its work shared out evenly, or than the longest chain of stages that wait for each other; none
        that leaves no slot idle takes longer than the first and (jobs - 1)/jobs of the second together (Graham 1969, theorem 1).
        """
        total = self.minutes
        if total is None:
            return None
        low, high = self._longest_chain()
        return max(total[0] / self.jobs, low), total[1] / self.jobs + (1 - 1 / self.jobs) * high

    @property
    def memory_mib(self) -> float | None:
        """What the largest stage needs at least."""
        return max((one.memory_mib for one in self.known if one.memory_mib is not None), default=None)

    @property
    def gpu_mib(self) -> Span | None:
        """What a seed of the largest stage takes of a GPU."""
        return max((one.gpu_mib for one in self.estimates if one.gpu_mib), key=lambda span: span[1], default=None)

    @property
    def disk_mib(self) -> Span | None:
        """What the run leaves on disk, at the most with the states of the stages that are under way; None where nothing is known."""
        known = [one.disk_mib for one in self.estimates if one.disk_mib]
        if not known:
            return None
        states = sorted((one.state_mib for one in self.estimates), reverse=True)[: self.jobs]
        return sum(low for low, _ in known), sum(high for _, high in known) + sum(states)

    @property
    def without(self) -> int:
        """How many stages have no forecast of minutes."""
        return len(self.estimates) - len(self.known)

    def _longest_chain(self) -> Span:
        lows: dict[str, float] = {}
        highs: dict[str, float] = {}
        # In topological order, as plans are.
        for one in self.estimates:
            above = self.upstream[one.stage]
            lows[one.stage] = (one.low or 0.0) + max((lows.get(name, 0.0) for name in above), default=0.0)
            highs[one.stage] = (one.high or 0.0) + max((highs.get(name, 0.0) for name in above), default=0.0)
        return max(lows.values(), default=0.0), max(highs.values(), default=0.0)


def forecast(study: Study, stages: Sequence[Stage], tree: Path, jobs: int = 1) -> Forecast:
    """Forecast the stages that are to run.

    Args:
        study: The study as the run sees it.
        stages: The run's stages in topological order; those that come out of the cache cost nothing and are left out.
        tree: A checkout at the run's base, whose reports are read.
        jobs: Stages that run side by side.
    """
    to_run = [stage for stage in stages if stage.state == "to run"]
    if not to_run:
        return Forecast((), {}, jobs)
    history, all_trainings = _History(list(read_records(tree))), dict(trainings(study, tree))
    sizes = {f"encoder@{model}": size_of(study.encoders[model], tree) for model in study.models}
    found = []
    for stage in to_run:
        training = all_trainings.get(stage.name)
        size = training.size if training is not None else sizes.get(stage.name)
        trains_or_fetches = training is not None or stage.name in sizes
        found.append(
            Estimate(
                stage.name,
                *_minutes_and_basis(stage, training, history),
                gpu_mib=None if training is None else gpu_mib(training, history.of_model(training)),
                disk_mib=disk_mib(stage.name, training, size) if trains_or_fetches else None,
                state_mib=0.0 if training is None else state_mib(training),
            )
        )
    return Forecast(tuple(found), {stage.name: stage.upstream for stage in to_run}, jobs)


def _minutes_and_basis(
    stage: Stage, training: Training | None, history: "_History"
) -> tuple[float | None, float | None, float | None, str]:
    """The least and the most minutes, the memory, and what they rest on."""
    if training is None:
        return None, None, None, "no basis: only training is timed"
    if training.examples is None:
        why = f"corpora.{training.corpus} says no sample and was never prepared, so its rows are not known"
        return None, None, None, f"no basis: {why}"
    left = 1.0 - (stage.kept.done if stage.kept is not None else 0.0)
    taken, how = history.nearest(training)
    if not taken:
        return _counted(training, left, how)
    minutes = [left * one.seconds_an_example * _ratio(training, one) * training.examples / 60 for one in taken]
    wider = 1.0 if _same_model(training, taken[0]) else OTHER_MODEL
    hosts = ", ".join(sorted({f"{one.host} ({one.device})" for one in taken}))
    return min(minutes) / wider, max(minutes) * wider, _memory(training, taken), f"{how} on {hosts}"


def _counted(training: Training, left: float, why: str) -> tuple[float | None, float | None, float | None, str]:
    """From operations, where no record will do."""
    if training.work is None:
        return None, None, None, f"no basis: {why}"
    rate = rate_here(training.precision)
    minutes = minutes_of(training, rate)
    assert minutes is not None, "rows and size are known"
    basis = f"{why}: operations counted, at a share of {rate.words}"
    return left * minutes[0], left * minutes[1], _least_memory(training), basis


class _History:
    """Records by what a training looks for in them: this machine's own where it has any."""

    def __init__(self, records: Sequence[Record]):
        self._by_model: dict[Encoder, list[Record]] = defaultdict(list)
        self._by_model_and_corpus: dict[tuple[Encoder, str], list[Record]] = defaultdict(list)
        self._by_size: dict[Size, list[Record]] = defaultdict(list)
        for one in [one for one in records if one.host == platform.node()] or records:
            training = one.training
            self._by_model[training.encoder].append(one)
            self._by_model_and_corpus[training.encoder, training.corpus].append(one)
            if training.size is not None:
                self._by_size[training.size].append(one)

    def of_model(self, training: Training) -> Sequence[Record]:
        """The records of the same model."""
        return self._by_model.get(training.encoder, ())

    def nearest(self, training: Training) -> tuple[list[Record], str]:
        """The records that come nearest to a training, and what they are."""
        if exact := self._by_model_and_corpus.get((training.encoder, training.corpus)):
            return exact, "the same model and corpus"
        if same := self._by_model.get(training.encoder):
            return same, "the same model on other corpora"
        if training.work is None:
            return [], "the sizes of the model are not known before it is fetched"
        if not self._by_size:
            return [], "nothing was timed yet"
        taken = min(self._by_size.values(), key=lambda records: abs(math.log2(_ratio(training, records[0]))))
        return taken, f"another model's records scaled by {_ratio(training, taken[0]):,.3g} in work an example,"


def _same_model(training: Training, record: Record) -> bool:
    return record.training.encoder == training.encoder


def _ratio(training: Training, record: Record) -> float:
    """How much more work an example is than in the record; longer texts cost what their cut says, at most."""
    if training.work and record.training.work:
        return training.work / record.training.work
    return training.tokens / record.training.tokens


def _memory(training: Training, taken: Sequence[Record]) -> float | None:
    """The recorded peak of the same model's processes, else what its weights take while it trains."""
    if _same_model(training, taken[0]):
        return max(one.memory_mib for one in taken)
    return _least_memory(training)


def _least_memory(training: Training) -> float | None:
    """Weights, gradients and AdamW's two moments in fp32, beside the programs."""
    weights = weights_mib(training.size)
    return None if weights is None else 4 * weights
