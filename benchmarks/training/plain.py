"""The loop of run_classification without the Trainer, for machines that have torch and transformers alone.

Every example padded to the longest allowed, a new order each epoch, fused AdamW, linear decay, gradients clipped at 1.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from benchmarks.training.texts import in_order, padded
from pipeline.training.batches import Encoded

MODES: dict[str, dict[str, Any]] = {"plain": {"dtype": None}, "plain_bf16": {"dtype": torch.bfloat16}}
"""Without and with autocast."""

EVALUATION_BATCH = 8
"""per_device_eval_batch_size of transformers' TrainingArguments."""


def train(model: Any, part: Encoded, mode: str, batch: int, max_tokens: int) -> int:
    """Train one epoch; returns the tokens computed, padding included."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-5, weight_decay=0.0, fused=True)
    steps = -(-len(part) // batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: max(0.0, 1 - step / steps))
    order = np.random.default_rng(1).permutation(len(part))
    model.train()
    for places in in_order(part, batch):
        rows = order[places]
        with _autocast(model, mode):
            loss = model(**_arguments(model, part, rows, max_tokens), labels=_on(model, part.labels[rows])).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    return len(part) * max_tokens


def predictor(model: Any, part: Encoded, mode: str, max_tokens: int) -> Callable[[], np.ndarray]:
    """What predicts logits as the padded model gives them, shape (examples, labels)."""
    return lambda: np.concatenate(
        [_logits(model, part, rows, mode, max_tokens) for rows in in_order(part, EVALUATION_BATCH)]
    )


def _logits(model: Any, part: Encoded, rows: np.ndarray, mode: str, max_tokens: int) -> np.ndarray:
    model.eval()
    with torch.inference_mode(), _autocast(model, mode):
        logits = model(**_arguments(model, part, rows, max_tokens)).logits
    found: np.ndarray = logits.float().cpu().numpy()
    return found


def _arguments(model: Any, part: Encoded, rows: np.ndarray, width: int) -> dict[str, torch.Tensor]:
    return {name: _on(model, values) for name, values in padded(part, rows, width).items()}


def _on(model: Any, values: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(values).to(model.device)


def _autocast(model: Any, mode: str) -> torch.autocast:
    dtype = MODES[mode]["dtype"]
    return torch.autocast(model.device.type, dtype or torch.bfloat16, enabled=dtype is not None)
