"""Seeds of one cell side by side, each in a forked process.

A seed rarely fills a large GPU. Processes share one without knowing of each other, and each computes what it would compute alone, to
the bit. What a process has trained lies in its state; the caller then goes through all seeds in order, finds those finished
and trains what is left, so that a process that failed fails there again, and says why. A SIGTERM is passed on to all of them, and
their states awaited.
"""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import InputError
from pipeline.processes import die_with_parent
from pipeline.training import stopping
from pipeline.training.counters import free_gpu_memory
from pipeline.training.settings import TrainSettings

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

AT_ONCE = "DETOUR_SEEDS_AT_ONCE"
"""Environment variable: how many seeds of a cell train side by side; 1 switches it off."""

CONTEXT = 700 * 2**20
"""Bytes that CUDA and its libraries take for themselves in every process; some 500 MiB on an H100, with a margin."""

COPIES = 5
"""Of the weights in fp32: themselves, their gradients, AdamW's two moments and the selected epoch's."""


def seeds_at_once(seeds: int, need: int) -> int:
    """How many of `seeds` seeds to train side by side: what `AT_ONCE` says, else what fits into a GPU, else one.

    Args:
        seeds: Seeds that are to be trained.
        need: Bytes that one takes, from `memory_needed`.

    Raises:
        InputError: If `AT_ONCE` says something that is no such number.
    """
    asked = os.environ.get(AT_ONCE, "")
    if asked:
        if not (asked.isascii() and asked.isdecimal() and int(asked)):
            raise InputError(f"The variable {AT_ONCE} is {asked!r}: give a whole number from 1, or unset it.")
        return min(seeds, int(asked))
    free = free_gpu_memory()
    return 1 if free is None else max(1, min(seeds, free // need))


def memory_needed(config: "PreTrainedConfig", weights: int, settings: TrainSettings, scores: int = 0) -> int:
    """Bytes of a GPU that training one seed takes at most, estimated.

    Activations of a layer take 34 s b h + 5 a s^2 b bytes at 2 bytes a value, for b examples of s tokens, width h and a heads
    (Korthikanti et al. 2022, "Reducing activation recomputation in large transformer models", equation 1); twice that in fp32.

    Args:
        config: The model's configuration.
        weights: Bytes of its weights in fp32.
        settings: How it is trained.
        scores: How many scores over a vocabulary a step computes, where it predicts tokens.
    """
    tokens, examples, width = settings.max_tokens, settings.batch_size, config.hidden_size
    layer = 34 * tokens * examples * width + 5 * config.num_attention_heads * tokens**2 * examples
    # Four values of fp32 for each: the score as computed and as kept, its probability and its gradient.
    return CONTEXT + COPIES * weights + 2 * layer * config.num_hidden_layers + 16 * scores


def train_side_by_side(train: Callable[[int], object], seeds: Sequence[int], at_once: int) -> None:
    """Call `train` with each seed in a process of its own, `at_once` of them at a time, and wait for all.

    The processes are forked: nothing may have touched CUDA before, and threads that were started are not there. A process that
    ends badly has said why in one line on standard error. All of them end with the caller, however it ends.
    """
    waiting, running = list(seeds), set[int]()
    with stopping.deferred(running):
        while True:
            while waiting and len(running) < at_once and not stopping.is_asked():
                # Whoever asks meanwhile is heard when the child is among those to be told.
                with stopping.held_back():
                    running.add(_forked(train, waiting.pop(0)))
            if not running:
                break
            ended, _ = os.wait()
            running.discard(ended)
    if stopping.is_asked():
        raise stopping.Stopped("Stopped; the same command goes on with each seed from what is kept of it.")


def _forked(train: Callable[[int], object], seed: int) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        die_with_parent(parent, signal.SIGKILL)
        stopping.become_child()
        train(seed)
        status = 0
    except Exception as error:
        print(f"Seed {seed} failed beside others: {type(error).__name__}: {error}", file=sys.stderr)
    except BaseException:
        # An interruption is the parent's to tell.
        status = 130
    finally:
        # Whatever the parent would do at its end is the parent's.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def size_of_weights(folder: Path) -> int:
    """Bytes of a model folder's weights."""
    return sum(path.stat().st_size for path in Path(folder).glob("*.safetensors"))
