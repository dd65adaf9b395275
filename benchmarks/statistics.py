"""Do the intervals cover, and does Holm keep its word? Simulated fine-tuning whose true gain is known.

A model answers an example rightly where c + z + u + s + e > 0: z is the example's easiness, shared by F and IF; u is
what the example is for one of the two recipes; s is the seed's luck; e is the rest. All are normal, so the expected
accuracy is exact, and so is the seed deviation that is asked for: that of each recipe's expected accuracy over
seeds. The statistics see only right and wrong.

Coverage and family-wise error come from the same p-values: an interval holds the true gain where the p-value of
that gain is above alpha. A t distribution with Satterthwaite's degrees of freedom is measured beside the project's, and so is what is
usually done: testing over examples with the checkpoints as given (exchanging F and IF by example, McNemar, a bootstrap of test rows are
all of this kind), and over seeds with the test rows as given.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Row, run
from pipeline.evidence.statistics import macro_f1, macro_f1_pseudo_values, mean_squares, t_tail

Floats = NDArray[np.float64]

SEED_DEVIATIONS = (0.0, 0.01, 0.03)
TEST_ROWS = (60, 500, 1500)
SEEDS = (2, 3, 5)
FAMILY = 18
"""Gains of the paper's study: 6 targets x 3 models."""
ALPHA = 0.05
MARGIN = 0.05
"""Wide enough that equivalence can be claimed at these sizes: at a margin of one point it never is."""
CHUNK = 500
"""Matrices simulated at once: bounds the memory."""


@dataclass(frozen=True)
class World:
    """Where the variance of an answer comes from; the three shares sum to 1."""

    accuracy: float
    easiness: float
    by_recipe: float
    rest: float


USUAL = World(0.8, 0.6, 0.2, 0.2)
"""Two seeds of one recipe disagree on 13 % of the examples, F and IF on 19 %."""
OTHER_WORLDS = {
    "same_examples": World(0.8, 0.8, 0.0, 0.2),
    "other_examples": World(0.6, 0.3, 0.5, 0.2),
    "high_accuracy": World(0.95, 0.6, 0.2, 0.2),
}
"""F and IF alike in what they find hard (a detour that does nothing), unlike in it, and both nearly always right."""
CLASS_SHARES = (0.4, 0.25, 0.15, 0.1, 0.06, 0.04)
"""Label frequencies for macro-F1."""


def simulate(
    rng: np.random.Generator, world: World, rows: int, deviation: float, true_gain: float, repetitions: int
) -> Iterator[NDArray[np.float32]]:
    """Chunks of differences IF minus F, shape (CHUNK, 5 seeds, rows), with values -1, 0, 1."""
    for _ in range(0, repetitions, CHUNK):
        shared = _normal(rng, (CHUNK, 1, rows), world.easiness)
        yield np.subtract(
            *(_right(rng, shared, world, p, deviation) for p in (world.accuracy + true_gain, world.accuracy))
        )


def _right(
    rng: np.random.Generator, shared: NDArray[np.float32], world: World, accuracy: float, deviation: float
) -> NDArray[np.float32]:
    """One recipe's right answers, as 0 and 1."""
    luck = seed_scale(accuracy, deviation)
    latent = _normal(rng, (CHUNK, max(SEEDS), shared.shape[-1]), world.rest)
    latent += shared + _normal(rng, shared.shape, world.by_recipe)
    latent += _normal(rng, (CHUNK, max(SEEDS), 1), luck**2)
    threshold = -NormalDist().inv_cdf(accuracy) * (1 + luck**2) ** 0.5
    right: NDArray[np.float32] = (latent > threshold).astype(np.float32)
    return right


def _normal(rng: np.random.Generator, shape: tuple[int, ...], variance: float) -> NDArray[np.float32]:
    values: NDArray[np.float32] = rng.standard_normal(shape, dtype=np.float32)
    return values * np.float32(variance**0.5)


def seed_scale(accuracy: float, deviation: float) -> float:
    """The standard deviation of the seed's luck that makes the accuracy deviate by `deviation` between seeds."""
    points, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()
    normal = NormalDist()

    def deviates(scale: float) -> float:
        centre = normal.inv_cdf(accuracy) * (1 + scale**2) ** 0.5
        by_seed = np.array([normal.cdf(centre + scale * point) for point in points])
        return float(np.sqrt(weights @ (by_seed - accuracy) ** 2))

    low, high = 0.0, 3.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if deviates(middle) < deviation else (low, middle)
    return low


@dataclass(frozen=True)
class Simulated:
    """One cell of the grid, by number of seeds: a p-value for each simulated matrix."""

    cell: str
    project: dict[int, Floats]
    """Of the true gain."""
    satterthwaite: dict[int, Floats]
    """Of the true gain, by a t distribution with Satterthwaite's degrees of freedom."""
    equivalence: dict[int, Floats]
    """That the gain lies outside the margin."""
    examples_alone: dict[int, Floats]
    """Of the true gain, by a t test over the examples' mean differences: seeds are taken for all there are."""
    seeds_alone: dict[int, Floats]
    """Of the true gain, by a t test over the seeds' mean differences: examples are taken for all there are."""


def grid(world: World, true_gain: float, repetitions: int, seeds: tuple[int, ...]) -> list[Simulated]:
    """Simulate every cell of seed deviation x test rows."""
    cells = []
    for deviation, rows in product(SEED_DEVIATIONS, TEST_ROWS):
        rng = np.random.default_rng([rows, round(1000 * deviation), round(1000 * true_gain)])
        chunks: dict[int, list[tuple[Floats, ...]]] = {count: [] for count in seeds}
        for differences in simulate(rng, world, rows, deviation, true_gain, repetitions):
            for count in seeds:
                chunks[count].append(_p_values(differences[:, :count].astype(np.float64), true_gain))
        kinds = [
            {count: np.concatenate([part[kind] for part in chunks[count]]) for count in seeds} for kind in range(5)
        ]
        cells.append(Simulated(f"sd {100 * deviation:g} n {rows}", *kinds))
    return cells


def _p_values(differences: Floats, true_gain: float) -> tuple[Floats, ...]:
    """For each matrix the p-values of `Simulated`."""
    mean = differences.mean((-2, -1))
    varies = np.ptp(differences, axis=(-2, -1)) > 0
    squares = mean_squares(differences[varies])
    distance = np.abs(mean[varies] - true_gain)
    # Where nothing varies the interval is [0, 0]: it holds a true gain of 0 and no other.
    project = np.full(len(mean), float(true_gain == 0))
    satterthwaite = project.copy()
    equivalence = np.full(len(mean), (1 - MARGIN) ** differences.shape[-1])
    project[varies] = 2 * squares.tail(distance)
    satterthwaite[varies] = 2 * t_tail(distance / np.sqrt(squares.variance), squares.df)
    # The larger of the two one-sided p-values is that of the nearer end of the margin.
    equivalence[varies] = squares.tail(MARGIN - np.abs(mean[varies]))
    naive = [_over(differences, axis, true_gain) for axis in (-2, -1)]
    return project, satterthwaite, equivalence, *naive


def _over(differences: Floats, averaged: int, true_gain: float) -> Floats:
    """The p-values of t tests over one axis, the other averaged away."""
    values = differences.mean(averaged)
    count = values.shape[-1]
    errors = values.std(-1, ddof=1) / count**0.5
    distance = np.abs(values.mean(-1) - true_gain)
    varies = errors > 0
    found = (distance == 0).astype(np.float64)
    found[varies] = 2 * t_tail(distance[varies] / errors[varies], count - 1)
    return found


@dataclass(frozen=True)
class Question:
    """What is asked of a grid, and how it is told."""

    cells: list[Simulated]
    told: str
    quick: bool

    def coverage(self, id_: str, seeds: int, kind: str = "project", budget: bool = False) -> Row:
        """The cell whose share of intervals that hold the true gain is farthest from .95."""
        shares = {cell.cell: float(np.mean(getattr(cell, kind)[seeds] > ALPHA)) for cell in self.cells}
        worst = max(shares, key=lambda cell: abs(shares[cell] - 0.95))
        # A quick run has too few repetitions to hold a share to the third place.
        slack = 2 * (0.95 * 0.05 / self._repetitions) ** 0.5 if self.quick else 0.0
        holds = all(0.93 - slack <= share <= 0.97 + slack for share in shares.values())
        return self._row(id_, shares[worst], "share covered", ".93-.97" if budget else None, holds, seeds, shares)

    def family_wise(self, id_: str, seeds: int, kind: str = "project", budget: bool = False) -> Row:
        """The cell with the largest share of families in which Holm finds a gain where there is none.

        Holm finds any exactly where the smallest p-value of the family is at most alpha / size.
        """
        families = self._repetitions // FAMILY
        shares = {}
        for cell in self.cells:
            smallest = getattr(cell, kind)[seeds][: families * FAMILY].reshape(families, FAMILY).min(1)
            shares[cell.cell] = float(np.mean(smallest <= ALPHA / FAMILY))
        limit = ALPHA + 2 * (ALPHA * (1 - ALPHA) / families) ** 0.5
        highest = max(shares.values())
        text = f"<= {limit:.3f}" if budget else None
        return self._row(id_, highest, "share of families", text, highest <= limit, seeds, shares)

    def equivalence(self, id_: str, seeds: int) -> Row:
        """The largest share of gains of exactly the margin that are called equivalent at alpha, unadjusted."""
        shares = {cell.cell: float(np.mean(cell.equivalence[seeds] <= ALPHA)) for cell in self.cells}
        return self._row(id_, max(shares.values()), "share called equivalent", None, False, seeds, shares)

    @property
    def _repetitions(self) -> int:
        return len(next(iter(self.cells[0].project.values())))

    def _row(
        self, id_: str, value: float, unit: str, budget: str | None, holds: bool, seeds: int, shares: dict[str, float]
    ) -> Row:
        listed = ", ".join(f"{cell}: {share:.3f}" for cell, share in shares.items())
        how = f"{seeds} seeds, {self.told}; {self._repetitions} matrices a cell (seed sd in points): {listed}"
        if "families" in unit:
            how = f"families of {FAMILY} gains of 0, {how}; the limit is .05 and 2 Monte-Carlo standard errors"
        return Row(id_, value, unit, budget, holds if budget else None, how)


def macro_f1_coverage(repetitions: int) -> Row:
    """Coverage of the jackknife interval of the macro-F1 gain; F and IF follow one law, so the true gain is 0."""
    shares, classes = {}, len(CLASS_SHARES)
    for deviation, rows in product(SEED_DEVIATIONS, TEST_ROWS):
        rng = np.random.default_rng([6, rows, round(1000 * deviation)])
        covered: list[float] = []
        for _ in range(0, repetitions, CHUNK):
            values, differences = _macro_f1_differences(rng, rows, deviation, classes)
            covered += (2 * mean_squares(values).tail(np.abs(differences)) > ALPHA).tolist()
        shares[f"sd {100 * deviation:g} n {rows}"] = float(np.mean(covered))
    worst = max(shares, key=lambda cell: abs(shares[cell] - 0.95))
    listed = ", ".join(f"{cell}: {share:.3f}" for cell, share in shares.items())
    how = f"{max(SEEDS)} seeds, {classes} classes of share .4 to .04, {repetitions} matrices a cell: {listed}"
    return Row("stats.coverage.macro_f1", shares[worst], "share covered", None, None, how)


def _macro_f1_differences(rng: np.random.Generator, rows: int, deviation: float, classes: int) -> tuple[Floats, Floats]:
    """A chunk of pseudo-values IF minus F, and of the differences of the mean scores.

    A wrong answer is the same wrong label for every seed and recipe.
    """
    shared = _normal(rng, (CHUNK, 1, rows), USUAL.easiness)
    rights = [_right(rng, shared, USUAL, USUAL.accuracy, deviation) > 0 for _ in range(2)]
    gold = rng.choice(classes, (CHUNK, rows), p=CLASS_SHARES)
    mistake = (gold + rng.integers(1, classes, (CHUNK, rows))) % classes
    values = np.empty((2, CHUNK, max(SEEDS), rows))
    scores = np.empty((2, CHUNK, max(SEEDS)))
    for recipe, place, seed in np.ndindex(scores.shape):
        predicted = np.where(rights[recipe][place, seed], gold[place], mistake[place])
        values[recipe, place, seed] = macro_f1_pseudo_values(predicted, gold[place], classes)
        scores[recipe, place, seed] = macro_f1(predicted, gold[place], classes)
    return values[1] - values[0], (scores[1] - scores[0]).mean(1)


def measure(quick: bool) -> list[Row]:
    """The rows of the group `stats` that simulation decides."""
    many, few = (1_000, 500) if quick else (18_000, 4_500)
    told = "accuracy .8, shares of variance: easiness .6, recipe .2, rest .2"
    usual = Question(grid(USUAL, 0.0, many, SEEDS), told, quick)
    at_margin = Question(grid(USUAL, MARGIN, few, (3, 5)), f"{told}, true gain {MARGIN}", quick)
    rows = [
        usual.coverage("stats.coverage", 5, budget=True),
        usual.coverage("stats.coverage.3_seeds", 3),
        usual.coverage("stats.coverage.2_seeds", 2),
        usual.family_wise("stats.familywise", 5, budget=True),
        usual.family_wise("stats.familywise.3_seeds", 3),
    ]
    for seeds in (5, 3):
        rows.append(usual.coverage(f"stats.coverage.satterthwaite_{seeds}_seeds", seeds, "satterthwaite"))
        rows.append(usual.family_wise(f"stats.familywise.satterthwaite_{seeds}_seeds", seeds, "satterthwaite"))
        for kind in ("examples_alone", "seeds_alone"):
            rows.append(usual.coverage(f"stats.coverage.{kind}_{seeds}_seeds", seeds, kind))
            rows.append(usual.family_wise(f"stats.familywise.{kind}_{seeds}_seeds", seeds, kind))
    for name, world in OTHER_WORLDS.items():
        told = f"accuracy {world.accuracy}, easiness {world.easiness}, recipe {world.by_recipe}, rest {world.rest}"
        other = Question(grid(world, 0.0, few, (5,)), told, quick)
        rows += [other.coverage(f"stats.coverage.{name}", 5), other.family_wise(f"stats.familywise.{name}", 5)]
    rows += [at_margin.equivalence(f"stats.equivalence.{seeds}_seeds", seeds) for seeds in (5, 3)]
    return [*rows, macro_f1_coverage(few // 3 // CHUNK * CHUNK or CHUNK)]


if __name__ == "__main__":
    raise SystemExit(run("statistics", measure, ["numpy"]))
