"""Kept states of training that a stage will go on from, and how they are told."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class KeptFit:
    """One fit of which a state is kept: of one seed, and of one fold where a seed has several."""

    seed: int
    fold: int
    folds: int
    epoch: int | None
    """The epoch that it goes on with; None where it has finished."""
    epochs: int

    @property
    def done(self) -> float:
        """The share of its epochs that are behind it."""
        return 1.0 if self.epoch is None else min(1.0, (self.epoch - 1) / self.epochs)


@dataclass(frozen=True)
class Kept:
    """What is kept of the training of one stage."""

    seeds: tuple[int, ...]
    """All that the stage trains."""
    fits: tuple[KeptFit, ...]

    @property
    def done(self) -> float:
        """The share of the stage's training that need not be repeated."""
        return sum(fit.done / fit.folds for fit in self.fits) / len(self.seeds)

    def sentence(self) -> str:
        """`resumable from epoch 3 of 4`, or `resumable: seed 1 finished, seed 2 from epoch 3 of 4`."""
        by_words: dict[str, list[int]] = defaultdict(list)
        for seed in self.seeds:
            if words := _words([fit for fit in self.fits if fit.seed == seed]):
                by_words[words].append(seed)
        if len(by_words) == 1 and len(next(iter(by_words.values()))) == len(self.seeds):
            words = next(iter(by_words))
            all_seeds = f", all {len(self.seeds)} seeds" if len(self.seeds) > 1 else ""
            return f"resumable {words}{all_seeds}" if words.startswith("from") else f"resumable: {words}{all_seeds}"
        return "resumable: " + ", ".join(f"{_listed(seeds)} {words}" for words, seeds in by_words.items())


def kept_from(told: Mapping[str, Any] | None) -> Kept | None:
    """What `tui.runs.resumable` told of a stage; None where it told nothing."""
    if not told:
        return None
    return Kept(tuple(told["seeds"]), tuple(KeptFit(**fit) for fit in told["fits"]))


def _words(fits: Sequence[KeptFit]) -> str:
    if not fits:
        return ""
    finished = sum(fit.epoch is None for fit in fits)
    under_way = next((fit for fit in fits if fit.epoch is not None), None)
    if fits[0].folds == 1:
        return "finished" if under_way is None else _place(under_way)
    if finished == fits[0].folds:
        return "finished"
    told = f"with {finished} of {fits[0].folds} folds finished"
    return told if under_way is None else f"{told}, fold {under_way.fold} {_place(under_way)}"


def _place(fit: KeptFit) -> str:
    # All epochs may be trained and the result not written yet.
    is_over = fit.epoch is not None and fit.epoch > fit.epochs
    return f"from the end of epoch {fit.epochs}" if is_over else f"from epoch {fit.epoch} of {fit.epochs}"


def _listed(seeds: Sequence[int]) -> str:
    *others, last = seeds
    return f"seeds {', '.join(map(str, others))} and {last}" if others else f"seed {last}"
