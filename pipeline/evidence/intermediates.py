"""The variance of a gain in three, where a start was trained with several intermediate seeds; numpy alone.

Fine-tuning seed number i starts from intermediate checkpoint i modulo k, so that seeds are nested in checkpoints and both are crossed
with the test rows. What varies: the checkpoint, the fine-tuning seed, the example (with the interactions that are told beside them).

**Interval.** The mean over the seeds of one checkpoint is one draw of the whole recipe. k of them form a k x n matrix of independent
rows, to which `statistics.crossed_interval` applies as it stands: its "seeds" are then intermediate checkpoints, and the interval
speaks of new checkpoints too. `statistics.gain` takes all seeds for independent, which is right for one seed a checkpoint alone.

**Components** by the analysis of variance of the balanced nested and crossed design (Searle, Casella and McCulloch 1992, Variance
Components, chapter 4): mean squares are equated with their expectations; a negative component is reported as 0.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.evidence.statistics import Estimate, Floats, crossed_interval

LABEL = "variance in three: intermediate checkpoints, fine-tuning seeds within them, test rows"


@dataclass(frozen=True)
class Components:
    """Variances of one observation."""

    intermediate: float
    """Between checkpoints."""
    fine_tuning: float | None
    """Between fine-tuning seeds of one checkpoint; None with one seed a checkpoint, where it is part of `intermediate`."""
    examples: float
    """Between test rows."""
    rest: float
    """Interactions and chance."""


@dataclass(frozen=True)
class InThree:
    """A gain over new intermediate checkpoints, new seeds and new test rows."""

    estimate: Estimate
    components: Components | None
    """None where seeds are not spread evenly over the checkpoints."""
    checkpoints: int


def variance_in_three(differences: Floats, intermediate_seeds: int, alpha: float = 0.05) -> InThree | None:
    """Split the variance of S x n differences IF minus F, seeds in the order of the study.

    Args:
        differences: seed number i belongs to checkpoint i modulo `intermediate_seeds`.
        intermediate_seeds: how many checkpoints there are.
        alpha: the interval's error rate.

    Returns:
        None with fewer than two checkpoints in use, of which no variance can be told.
    """
    differences = np.asarray(differences, dtype=np.float64)
    used = min(intermediate_seeds, len(differences))
    if used < 2:
        return None
    groups = [differences[number::intermediate_seeds] for number in range(used)]
    means = np.stack([group.mean(0) for group in groups])
    sizes = {len(group) for group in groups}
    components = _components(np.stack(groups)) if len(sizes) == 1 and differences.shape[1] > 1 else None
    return InThree(crossed_interval(means, alpha, within=(-1.0, 1.0)), components, used)


def _components(values: Floats) -> Components:
    """The components of checkpoints x seeds within x test rows."""
    k, m, n = values.shape
    mean = values.mean()
    of_checkpoint, of_seed, of_row = values.mean((1, 2)), values.mean(2), values.mean((0, 1))
    of_both = values.mean(1)
    checkpoints = m * n * np.square(of_checkpoint - mean).sum() / (k - 1)
    rows = k * m * np.square(of_row - mean).sum() / (n - 1)
    crossed = m * np.square(of_both - of_checkpoint[:, None] - of_row + mean).sum() / ((k - 1) * (n - 1))
    if m == 1:
        return Components(_positive(checkpoints - crossed, n), None, _positive(rows - crossed, k), float(crossed))
    seeds = n * np.square(of_seed - of_checkpoint[:, None]).sum() / (k * (m - 1))
    left = values - of_seed[:, :, None] - of_both[:, None, :] + of_checkpoint[:, None, None]
    rest = float(np.square(left).sum() / (k * (m - 1) * (n - 1)))
    return Components(
        _positive(checkpoints - seeds - crossed + rest, m * n),
        _positive(seeds - rest, n),
        _positive(rows - crossed, k * m),
        rest + _positive(crossed - rest, m),
    )


def _positive(difference: float, share: int) -> float:
    return max(0.0, float(difference) / share)
