"""What one process is asked to measure, and what it answers: plain values that travel as JSON.

Imports nothing of torch: the process that asks stays small and quick.
"""

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import Any

OWN_BATCH = 8
"""Examples a step on a CPU: per_device_train_batch_size of transformers' TrainingArguments."""


@dataclass(frozen=True)
class Size:
    """A BERT with random weights."""

    layers: int
    hidden: int
    heads: int
    feed_forward: int


@dataclass(frozen=True)
class Job:
    """One training in one mode."""

    mode: str
    """A key of `core.MODES`, `trainers.MODES` or `plain.MODES`."""
    corpus: str
    """A key of `texts.CORPORA`, or `synthetic`."""
    max_tokens: int
    examples: int
    """To train on, a multiple of `batch`, each once; those of the first step are not counted."""
    size: Size
    batch: int = OWN_BATCH
    evaluated: int = 0
    """Examples to predict after training."""
    compared: int = 0
    """Texts of each corpus on which logits are compared after training."""
    device: str = "cpu"


@dataclass(frozen=True)
class Measured:
    """What came of a job; seconds are of the CPU on a CPU, and of the clock on a GPU."""

    examples_per_second: float
    fill: float
    """Real tokens over tokens computed."""
    mfu: float
    """Share of the device's peak; on a CPU of one thread's, as measured."""
    peak_bytes: int
    """Peak memory: of the whole process on a CPU, of tensors on a GPU."""
    training_bytes: int
    """The part of it that training has added."""
    device: str
    evaluated_per_second: float | None = None
    difference: float | None = None
    """Largest absolute difference of the mode's logits to those of the padded model."""


def measure(job: Job) -> Measured:
    """Run a job in a fresh process of one thread.

    Raises:
        RuntimeError: If the process fails; with the end of what it said.
    """
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    # What a mode prints belongs to nobody's result.
    command = [sys.executable, "-m", "benchmarks.training.worker"]
    done = subprocess.run(
        command, input=json.dumps(asdict(job)), env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{job.mode} on {job.corpus} ended with status {done.returncode}: {done.stderr[-2000:]}")
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def read(text: str) -> Job:
    """A job from its JSON."""
    values: dict[str, Any] = json.loads(text)
    return Job(**{**values, "size": Size(**values["size"])})
