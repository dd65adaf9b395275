"""What a checkpoint says of texts before any fine-tuning: mean token vectors, and its own head's probabilities."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from pipeline.encoders import load_classifier
from pipeline.evidence.statistics import Floats
from pipeline.training import padded
from pipeline.training.batches import Examples, encode, sorted_batches
from pipeline.training.settings import Truncation

TOKENS = 4_096
"""Tokens a batch, padding included: what a CPU's caches hold; more does not help a GPU much at these sizes."""


@dataclass(frozen=True)
class Features:
    """Of n examples in their order."""

    vectors: Floats
    """n x d: the last layer's vectors, averaged over an example's tokens (Vu et al. 2020, EMNLP, section 4, TextEmb)."""
    probabilities: Floats | None
    """n x K of the checkpoint's own head; None for a bare encoder."""


def features_of(
    folder: Path, examples: Examples, labels: int | None, max_tokens: int, truncation: Truncation
) -> Features:
    """Read a checkpoint and show it the examples.

    Args:
        folder: A folder that `pipeline.encoders` reads.
        examples: Texts or pairs.
        labels: How many labels the checkpoint's own head has; None for a bare encoder.
        max_tokens: Longer examples are cut.
        truncation: What of them is kept.

    Raises:
        InputError: The folder cannot be read, or has no such head.
    """
    model, tokenizer = load_classifier(folder, labels or 2, "reinit" if labels is None else "keep", seed=0)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.nn.Module.to(model, device)
    model.train(False)
    encoded = encode(tokenizer, examples, max_tokens, truncation)
    vectors = np.zeros((len(encoded), model.config.hidden_size))
    probabilities = np.zeros((len(encoded), labels or 0))
    with torch.inference_mode():
        for rows in sorted_batches(encoded.lengths, TOKENS):
            batch = padded.cut(encoded, rows, device)
            told = model(
                input_ids=batch.tokens,
                attention_mask=batch.mask,
                token_type_ids=batch.types,
                output_hidden_states=True,
            )
            vectors[rows] = _means(told.hidden_states[-1], batch.mask).double().cpu().numpy()
            if labels is not None:
                probabilities[rows] = told.logits.float().softmax(-1).double().cpu().numpy()
    return Features(vectors, probabilities if labels is not None else None)


def _means(hidden: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    """rows x tokens x d to rows x d, over the tokens that are no padding."""
    if mask is None:
        return hidden.float().mean(1)
    weights = mask.unsqueeze(-1).to(torch.float32)
    return (hidden.float() * weights).sum(1) / weights.sum(1)
