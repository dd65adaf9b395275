"""Continued pretraining on texts alone: predict tokens that are hidden (BERT, RoBERTa, XLM-R) or come later (XLNet).

`masks` says which tokens, and what a model sees in their place. Every training epoch has masks of its own, drawn from the seed and the
epoch; dev and test have the same in all epochs and for all seeds. Labels are not read. The loss is the mean cross-entropy over all
tokens that a step predicts; dev's selects the epoch.

The vectors of the chosen tokens alone go through the head, whose product with the vocabulary is most of a small model's work.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy

from pipeline.encoders import ARCHITECTURES, key_of
from pipeline.training import padded, unpadded
from pipeline.training.batches import Encoded, sorted_batches, to_device
from pipeline.training.masks import Hidden, Words, can_be_chosen, commonest_share, masked, permuted
from pipeline.training.objectives import Measured
from pipeline.training.serving import rows_of
from pipeline.training.settings import TrainSettings
from pipeline.training.steps import TrainingFault, autocast, layout_of

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

TOKENS = {"cpu": 2_048, "cuda": 16_384}
"""Tokens a batch that is measured, by kind of device: a sixth of them is scored over a vocabulary of up to 250,000."""

_EPOCH, _FIXED = 1, 2
"""Streams of random numbers: the masks of training, and those of dev and test."""


@dataclass(frozen=True)
class MaskedLanguage:
    """Predict chosen tokens of each text."""

    words: Words
    permutes: bool
    """Whether the model predicts in a random order, as XLNet does, in the place of masks."""
    selects_by: Literal["accuracy", "loss"] = "loss"
    needs_all_words: bool = True

    def identity(self) -> Mapping[str, Any]:
        """The tokens that are special, and the way of choosing."""
        return {"objective": "masked_language", **asdict(self)}

    def read(self, part: Encoded) -> Encoded:
        """The texts that have a token to be predicted, without their labels.

        Raises:
            TrainingFault: If there are none.
        """
        can = can_be_chosen(part, self.words)
        counts = np.add.reduceat(np.append(can, False).astype(np.int64), part.offsets[:-1]) if len(part) else []
        rows = np.flatnonzero(np.where(part.lengths > 0, counts, 0))
        if not len(rows):
            raise TrainingFault(
                "No text of a part has a token that could be predicted: give another corpus, or an encoder that knows its words."
            )
        kept = part if len(rows) == len(part) else rows_of(part, rows)
        return replace(kept, labels=np.zeros(len(kept), dtype=np.int64))

    def for_epoch(self, train: Encoded, seed: int, epoch: int) -> Hidden:
        """The texts with the masks of one epoch."""
        return self._chosen(train, np.random.default_rng((seed, epoch, _EPOCH)))

    def predictions(self, train: Encoded, rows: NDArray[np.int64]) -> int:
        """The chosen tokens of the rows."""
        return int(_hidden(train).counts(rows).sum())

    def scores(
        self, model: "PreTrainedModel", layout: Any, train: Encoded, rows: NDArray[np.int64]
    ) -> tuple[torch.Tensor, NDArray[np.int64]]:
        """Scores of the vocabulary for every chosen token, shape (chosen, vocabulary), and the tokens."""
        hidden = _hidden(train)
        if self.permutes:
            states = _permuted_states(model, hidden, rows)
        else:
            states = (_unpadded_states if layout is unpadded else _padded_states)(model, hidden, rows)
        head = model.get_submodule(ARCHITECTURES[key_of(model.config.model_type)].language[1])
        return head(states).float(), hidden.targets[hidden.choices(rows)]

    def measure(self, model: "PreTrainedModel", part: Encoded, settings: TrainSettings) -> Measured:
        """Loss and accuracy over the chosen tokens."""
        hidden, layout, device = self.fixed(part), layout_of(model, settings.layout), model.device
        model.eval()
        loss, hits = 0.0, 0
        with torch.inference_mode(), autocast(device, settings.precision):
            for rows in sorted_batches(hidden.lengths, TOKENS[device.type]):
                scores, targets = self.scores(model, layout, hidden, rows)
                wanted = to_device(targets, device)
                loss += float(cross_entropy(scores, wanted, reduction="sum"))
                hits += int((scores.argmax(dim=-1) == wanted).sum())
        return Measured(loss / len(hidden.targets), hits / len(hidden.targets), None, None)

    def fixed(self, part: Encoded) -> Hidden:
        """The part with the choices by which it is measured."""
        return self._chosen(part, np.random.default_rng(_FIXED))

    def floor(self, train: Encoded, part: Encoded) -> float:
        """The accuracy on a part of a model that knows the frequencies of tokens in `train` alone."""
        return commonest_share(self.read(train), self.fixed(self.read(part)), self.words)

    def _chosen(self, part: Encoded, generator: np.random.Generator) -> Hidden:
        return (permuted if self.permutes else masked)(part, self.words, generator)


def masked_language(model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerFast") -> MaskedLanguage:
    """The objective of a model that predicts tokens; its tokenizer has a mask token, unless the model is an XLNet."""
    permutes = model.config.model_type == "xlnet"
    special = set(tokenizer.all_special_ids)
    # A permutation masks nothing. Tables of embeddings may be larger than the tokenizer, to be a multiple of some number.
    mask = -1 if permutes else int(tokenizer.mask_token_id)
    return MaskedLanguage(Words(mask, tuple(sorted(special)), len(tokenizer)), permutes)


def _hidden(part: Encoded) -> Hidden:
    assert isinstance(part, Hidden)
    return part


def _unpadded_states(model: "PreTrainedModel", hidden: Hidden, rows: NDArray[np.int64]) -> torch.Tensor:
    """The last layer's vectors of the chosen tokens, shape (chosen, width)."""
    lengths = hidden.lengths[rows]
    row, place = _places(hidden, rows)
    return unpadded.states(model, hidden, rows, (np.cumsum(lengths) - lengths)[row] + place)


def _padded_states(model: "PreTrainedModel", hidden: Hidden, rows: NDArray[np.int64]) -> torch.Tensor:
    """The same by a model's own forward pass."""
    batch = padded.cut(hidden, rows, model.device)
    told = model.base_model(input_ids=batch.tokens, attention_mask=batch.mask, token_type_ids=batch.types)
    row, place = _places(hidden, rows)
    longest = batch.tokens.shape[1]
    shifts = longest - hidden.lengths[rows] if hidden.left else np.zeros(len(rows), dtype=np.int64)
    states = told.last_hidden_state.flatten(0, 1)
    return states.index_select(0, to_device(row * longest + shifts[row] + place, model.device))


def _permuted_states(model: "PreTrainedModel", hidden: Hidden, rows: NDArray[np.int64]) -> torch.Tensor:
    """The query stream's vectors of the chosen tokens, each from what comes before it in its text's order; shape (chosen, width)."""
    device = model.device
    batch = padded.cut(hidden, rows, device)
    longest, counts = batch.tokens.shape[1], hidden.counts(rows)
    row, place = _places(hidden, rows)
    place = place + (longest - hidden.lengths[rows] if hidden.left else np.zeros(len(rows), dtype=np.int64))[row]
    # What is not chosen comes before all that is: it is seen by every token and sees none of the chosen.
    order = np.full((len(rows), longest), -1.0)
    order[row, place] = hidden.ranks[hidden.choices(rows)]
    unseen = (order[:, None, :] >= 0) & (order[:, None, :] >= order[:, :, None])
    number = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    mapping = np.zeros((len(rows), int(counts.max()), longest))
    mapping[row, number, place] = 1.0
    told = model.base_model(
        input_ids=batch.tokens,
        attention_mask=batch.mask,
        token_type_ids=batch.types,
        perm_mask=to_device(unseen, device, torch.float32),
        target_mapping=to_device(mapping, device, torch.float32),
        use_mems=False,
    )
    states = told.last_hidden_state.flatten(0, 1)
    return states.index_select(0, to_device(row * mapping.shape[1] + number, device))


def _places(hidden: Hidden, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of each choice of the rows its row's number among them, and its place in its text."""
    row = np.repeat(np.arange(len(rows)), hidden.counts(rows))
    return row, hidden.chosen[hidden.choices(rows)] - hidden.offsets[rows][row]
