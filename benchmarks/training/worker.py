"""One job in a process of its own: reads it from standard input, writes what was measured to the last line of output.

Every mode trains the same model on the same token ids. Timed is from the end of the first optimiser step to the end of the
last, by a hook that torch calls after every optimiser step, whoever takes it; a short training before has warmed everything
up. Making batches, the schedule and logging are in it; reading, tokenising and building the model are not.
"""

import importlib
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.optim.optimizer import register_optimizer_step_post_hook

from benchmarks.training import core, plain, texts
from benchmarks.training.job import Job, Measured, Size, read
from pipeline.training.batches import Encoded
from pipeline.training.counters import peak_memory
from pipeline.training.meter import Arithmetic, peak_flops, training_flops

WARM_UP = 3
"""Steps before the training that is timed."""

COMPARED = (("sms", 128), ("imdb", 256))
"""Corpora and lengths in tokens on which logits are compared."""


class Stopwatch:
    """Seconds from the end of the first optimiser step to the end of the last of so many."""

    def __init__(self, device: torch.device, steps: int):
        self.device, self.steps, self.taken = device, steps, 0
        self._hook = register_optimizer_step_post_hook(self._after_step)

    def seconds(self) -> float:
        """What was measured; listening ends."""
        self._hook.remove()
        if self.taken != self.steps:
            raise RuntimeError(f"{self.taken} optimiser steps were seen, not {self.steps}")
        return self._end - self._begun

    def _after_step(self, *arguments: object) -> None:
        self.taken += 1
        if self.taken == 1:
            self._begun = now(self.device)
        elif self.taken == self.steps:
            self._end = now(self.device)


def now(device: torch.device) -> float:
    """CPU seconds of this process; on a GPU, seconds of the clock once it has done all it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        return time.perf_counter()
    return time.process_time()


def main() -> None:
    """Do one job."""
    torch.set_num_threads(1)
    job = read(sys.stdin.read())
    measured = work(job)
    print(json.dumps(asdict(measured)))


def work(job: Job) -> Measured:
    """Train, then predict and compare where that is asked for."""
    device = torch.device(job.device)
    part = texts.encoded(job.corpus, job.examples, job.max_tokens)
    model = build(job.size, int(part.labels.max()) + 1, job.max_tokens).to(device)
    mode = mode_of(job)
    mode.train(model, _head(part, WARM_UP * job.batch), job.mode, job.batch, job.max_tokens)
    earlier, begun_with = peak_of(device), reset_peak(device)
    watch = Stopwatch(device, len(part) // job.batch)
    computed = mode.train(model, part, job.mode, job.batch, job.max_tokens)
    seconds, peak = watch.seconds(), peak_of(device)
    # The share of the examples that the watch has seen.
    share = 1 - job.batch / len(part)
    return Measured(
        examples_per_second=len(part) * share / seconds,
        fill=int(part.lengths.sum()) / computed,
        mfu=training_flops(model.config, part.lengths)
        * share
        / seconds
        / peak_flops(device, arithmetic(job.mode)).flops,
        peak_bytes=max(earlier, peak),
        # Linux counts resident pages by thread and adds them up now and then, so a peak may be told lower than what it began with.
        training_bytes=max(0, peak - begun_with),
        device=torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        evaluated_per_second=rate_of_prediction(job, mode, model) if job.evaluated else None,
        difference=largest_difference(job, mode, model) if job.compared else None,
    )


def mode_of(job: Job) -> Any:
    """The module that trains in the job's mode; the Trainer's needs accelerate and is imported for its own modes alone."""
    for module in (core, plain):
        if job.mode in module.MODES:
            return module
    return importlib.import_module("benchmarks.training.trainers")


def arithmetic(mode: str) -> Arithmetic:
    """What a mode computes in."""
    return "bf16" if "bf16" in mode else "fp32"


def build(size: Size, labels: int, max_tokens: int) -> Any:
    """A BERT classifier with random weights, always the same."""
    from transformers.models.bert.configuration_bert import BertConfig
    from transformers.models.bert.modeling_bert import BertForSequenceClassification

    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=texts.VOCABULARY,
        hidden_size=size.hidden,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        intermediate_size=size.feed_forward,
        max_position_embeddings=max(512, max_tokens),
        num_labels=labels,
    )
    return BertForSequenceClassification(config)


def rate_of_prediction(job: Job, mode: Any, model: Any) -> float:
    """Examples predicted a second, of others than were trained on."""
    part = texts.encoded(job.corpus, job.evaluated, job.max_tokens, skipped=job.examples)
    device = torch.device(job.device)
    mode.predictor(model, _head(part, job.batch), job.mode, job.max_tokens)()
    predict = mode.predictor(model, part, job.mode, job.max_tokens)
    begun = now(device)
    predict()
    return len(part) / (now(device) - begun)


def largest_difference(job: Job, mode: Any, model: Any) -> float:
    """Between logits of the mode and of the padded model with the same weights, over texts of two corpora.

    The Trainer's grouped mode is compared with the Trainer's other one.
    """
    against, name = (plain, "plain") if mode in (core, plain) else (mode, "trainer")
    differences = []
    for corpus, max_tokens in COMPARED if job.corpus != "synthetic" else (("synthetic", 128),):
        part = texts.encoded(corpus, job.compared, max_tokens, skipped=job.examples)
        own = mode.predictor(model, part, job.mode, max_tokens)().astype(np.float64)
        other = against.predictor(model, part, name, max_tokens)().astype(np.float64)
        differences.append(np.abs(own - other).max())
    return float(max(differences))


def peak_of(device: torch.device) -> int:
    """Peak memory in bytes: of tensors on a GPU, else of the process."""
    memory = peak_memory(device)
    return memory.allocated or memory.resident or 0


def reset_peak(device: torch.device) -> int:
    """Count the peak anew; returns the memory in use, in bytes. Where the peak cannot be reset, it is the peak so far."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    elif sys.platform == "linux":
        # Sets the peak of the resident memory to what is resident now (proc(5)).
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return peak_of(device)


def _head(part: Encoded, rows: int) -> Encoded:
    rows = min(rows, len(part))
    last = part.offsets[rows]
    return Encoded(
        part.tokens[:last], part.types[:last], part.offsets[: rows + 1], part.labels[:rows], part.padding, part.left
    )


if __name__ == "__main__":
    main()
