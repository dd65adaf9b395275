"""A model's word embeddings cut down, for the time of a fit, to the tokens that its texts contain.

Of 30,000 to 250,000 word embeddings a small task uses a few thousand. The others have no gradient, but the
optimiser would read and write them and their moments in every step, more bytes than all layers of a small encoder.
All that AdamW does to a weight without gradients and moments is its decay, which is done for all steps at once when
the table is put back: equal to training the whole table but for rounding.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from pipeline.training.batches import Encoded

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class WholeVocabulary:
    """The table as it is, for trainings that read or predict tokens which their texts do not hold; used as `Vocabulary` is."""

    def of(self, part: Encoded) -> Encoded:
        """The same examples."""
        return part

    def restore(self, rates: Sequence[float], weight_decay: float) -> None:
        """Nothing is to be put back."""


class Vocabulary:
    """The tokens of a fit, and the table that their embeddings were taken from."""

    def __init__(self, model: "PreTrainedModel", parts: Sequence[Encoded]):
        """Cut down the model's table to the tokens of `parts`; `restore` puts it back."""
        # Token ids up to the padding's keep their number, by which models know it.
        used = [np.arange(parts[0].padding + 1), *(part.tokens for part in parts)]
        self._ids = np.unique(np.concatenate(used))
        self._table = model.get_input_embeddings()
        self._whole = self._table.weight
        rows = torch.from_numpy(self._ids).to(self._whole.device)
        self._table.weight = torch.nn.Parameter(self._whole.detach().index_select(0, rows))

    def of(self, part: Encoded) -> Encoded:
        """The same examples, their tokens numbered as in the cut table."""
        return replace(part, tokens=np.searchsorted(self._ids, part.tokens).astype(np.int32))

    def restore(self, rates: Sequence[float], weight_decay: float) -> None:
        """Put the whole table back, trained as if it had been there in all steps.

        Args:
            rates: Learning rate of every step that was taken.
            weight_decay: AdamW's decay of the table.
        """
        factor = math.prod(1.0 - rate * weight_decay for rate in rates)
        rows = torch.from_numpy(self._ids).to(self._whole.device)
        with torch.no_grad():
            self._whole.mul_(factor)
            self._whole.index_copy_(0, rows, self._table.weight)
        self._table.weight = self._whole
