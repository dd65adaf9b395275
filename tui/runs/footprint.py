"""What a training takes of a GPU's memory and of the disk, by arithmetic over sizes.

The memory is that of `pipeline.training.together.memory_needed`, for which a seed's room is asked on the machine itself.
"""

from collections.abc import Sequence

from tui.runs.model_sizes import Size
from tui.runs.timings import Record
from tui.runs.trainings import Training

MIB = 2**20
BYTES = 4
"""Of a weight in fp32."""

CONTEXT_MIB = 700.0
"""What CUDA and its libraries take for themselves in every process, as in `together`."""

COPIES = 5
"""Of the weights while training: themselves, gradients, AdamW's two moments and the selected epoch's."""

STATE_COPIES = 4
"""Of the weights in a state of training under way: all of these but the gradients."""


def weights_mib(size: Size | None) -> float | None:
    """Of a model in fp32; None where its size is not known."""
    return None if size is None or size.parameters is None else size.parameters * BYTES / MIB


def gpu_mib(training: Training, records: Sequence[Record]) -> tuple[float, float] | None:
    """The least and the most that one seed takes of a GPU, in MiB; None where the size is not known.

    What was recorded of the same training on a GPU, with and without what CUDA takes beside torch; else the weights
    alone to all activations of a batch of the longest texts: 34 s b h + 5 a s^2 b bytes a layer at 2 bytes a value for b
    examples of s tokens, width h and a heads, twice that in fp32 (Korthikanti et al. 2022, equation 1).
    """
    seen = [one.gpu_mib for one in records if one.gpu_mib is not None and _is_alike(training, one.training)]
    if seen:
        return min(seen), max(seen) + CONTEXT_MIB
    weights, size = weights_mib(training.size), training.size
    if weights is None or size is None:
        return None
    tokens, examples, width = training.tokens, training.batch_size, size.hidden
    # Heads of 64 values are what all published encoders have.
    heads = size.heads or max(1, width // 64)
    layer = 34 * tokens * examples * width + 5 * heads * tokens**2 * examples
    least = CONTEXT_MIB + COPIES * weights
    return least, least + 2 * layer * size.layers / MIB


def disk_mib(stage: str, training: Training | None, size: Size | None) -> tuple[float, float] | None:
    """The least and the most that a stage leaves on disk, in MiB: checkpoints in the DVC cache and, where the file system
    cannot share them, once more in the run's tree, and kept states. None where the size is not known.

    Args:
        stage: Its name.
        training: What it trains; None where it trains nothing.
        size: Of the model that it writes or trains.
    """
    weights = weights_mib(size)
    if weights is None:
        return None
    if stage.startswith("encoder@"):
        return weights, 2 * weights
    if training is None or not training.keeps_weights:
        return 0.0, 0.0
    return training.seeds * weights, 3 * training.seeds * weights


def state_mib(training: Training) -> float:
    """What the state of one seed under way takes, in MiB; 0 where the size is not known. It is gone when the seed has finished."""
    return STATE_COPIES * (weights_mib(training.size) or 0.0)


def _is_alike(one: Training, other: Training) -> bool:
    return (one.encoder, one.tokens, one.batch_size, one.precision) == (
        other.encoder,
        other.tokens,
        other.batch_size,
        other.precision,
    )
