"""What determines the result of a fit, as one digest.

It covers content and never places: a corpus in another folder is the same corpus. The processor belongs to it because kernels
are chosen by its instructions. The number of threads does not, though sums are rounded in another order by more of them (curves
then differ in the eighth digit or so): a seed that finished is not worth training again for that, and a fit that goes on does so with
the number that it began with. Otherwise two fits with equal fingerprints end in the same bytes.
"""

import functools
import hashlib
import json
import platform
from collections.abc import Iterable
from dataclasses import asdict, fields
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from pipeline.training.batches import Encoded
from pipeline.training.objectives import LABELS, Objective
from pipeline.training.settings import TrainSettings

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def fingerprint(
    model: "PreTrainedModel",
    train: Encoded,
    dev: Encoded,
    test: Encoded | None,
    settings: TrainSettings,
    seed: int,
    device: torch.device,
    objective: Objective = LABELS,
) -> str:
    """The digest of a fit before its first step, 64 hexadecimal digits; arguments as of `fit`."""
    described = {
        "config": json.loads(model.config.to_json_string(use_diff=False)),
        "weights": _digest((name, value) for name, value in model.state_dict().items()),
        "train": _digest_of_examples(train),
        "dev": _digest_of_examples(dev),
        "test": None if test is None else _digest_of_examples(test),
        "objective": objective.identity(),
        "settings": asdict(settings.on(device)),
        "seed": seed,
        "device": _device(device),
        "code": code(),
        "versions": {name: version(name) for name in ("torch", "transformers", "numpy")},
    }
    return _sha256(described)


@functools.cache
def code() -> str:
    """Digest of the training code: every module of this folder, by name."""
    here = Path(__file__).parent
    return _sha256({path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(here.glob("*.py"))})


def _digest_of_examples(encoded: Encoded) -> str:
    return _digest((field.name, getattr(encoded, field.name)) for field in fields(encoded))


def _digest(named: Iterable[tuple[str, Any]]) -> str:
    """SHA-256 over names, types, shapes and bytes."""
    total = hashlib.sha256()
    for name, value in named:
        array = value.detach().cpu().contiguous().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)
        total.update(f"{name} {array.dtype} {array.shape} ".encode())
        total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()


def _device(device: torch.device) -> str:
    """The kind of device, and of instructions that its kernels are chosen by."""
    if device.type == "cuda":
        return f"cuda {torch.cuda.get_device_name(device)} {torch.version.cuda}"
    return f"cpu {platform.machine()} {torch.backends.cpu.get_cpu_capability()} {_processor()}"


@functools.cache
def _processor() -> str:
    """The processor's name, as the system gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor()
    )


def _sha256(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
