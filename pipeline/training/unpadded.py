"""Batches without padding for BERT, RoBERTa and XLM-R: the tokens of all rows lie end to end.

Every linear layer, norm and dropout computes real tokens only. Attention alone needs the rows apart: there the queries,
keys and values are spread over a grid of (rows, longest row) and the empty places masked, which costs little
because batches are made of neighbours in length, and nothing where all rows are equally long. The last layer is
computed for the first token of each row alone, the only one that a classifier reads; its keys and values still
come from all tokens. Scores are those of the padded model but for rounding (below 1e-5 in fp32).

The model's own linear layers, norms and activations are called, with its own dropout probabilities and training mode; dropout alone
is drawn by `dropout`.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import linear, scaled_dot_product_attention

from pipeline.training.batches import Encoded, to_device
from pipeline.training.dropout import dropout

if TYPE_CHECKING:
    from transformers import PreTrainedModel

COUNTS_FROM_PADDING = {"bert": False, "roberta": True, "xlm-roberta": True}
"""By architecture (`model_type`): whether the first token's position is the padding token's id + 1 instead of 0."""


@dataclass(frozen=True)
class Ragged:
    """One batch on a device, `tokens` real tokens in `rows` rows."""

    tokens: torch.Tensor
    """Shape (tokens,)."""
    types: torch.Tensor
    positions: torch.Tensor
    """Position embeddings' numbers, shape (tokens,)."""
    firsts: torch.Tensor
    """Place of each row's first token, shape (rows,)."""
    longest: int
    grid: torch.Tensor | None
    """For each place of the grid of rows x longest the token there (the first of its row where it is empty); None
    where all rows are equally long."""
    places: torch.Tensor | None
    """For each token its place in the grid, shape (tokens,)."""
    bias: torch.Tensor | None
    """Added to attention scores: 0, or minus infinity for an empty place; shape (rows, 1, 1, longest)."""


def supports(model: "PreTrainedModel") -> bool:
    """Whether a model can be computed without padding."""
    return model.config.model_type in COUNTS_FROM_PADDING and not getattr(model.config, "chunk_size_feed_forward", 0)


def logits(model: "PreTrainedModel", encoded: Encoded, rows: NDArray[np.int64]) -> torch.Tensor:
    """Scores of the given rows in fp32, shape (rows, labels)."""
    encoder = model.base_model
    batch, hidden, last = _up_to_the_last_layer(model, encoded, rows)
    firsts = hidden.index_select(0, batch.firsts)
    firsts = _finish(last, _attend_first(last.attention.self, firsts, hidden, batch), firsts)
    # Poolers and heads take the first token of (rows, tokens, width).
    sequence = firsts.unsqueeze(1)
    if encoder.pooler is None:
        return model.classifier(sequence).float()
    return model.classifier(model.dropout(encoder.pooler(sequence))).float()


def states(
    model: "PreTrainedModel", encoded: Encoded, rows: NDArray[np.int64], places: NDArray[np.int64]
) -> torch.Tensor:
    """The last layer's vectors of some tokens of the given rows, shape (places, width).

    Args:
        model: One that `supports` accepts, whatever its head.
        encoded: Examples.
        rows: Which of them are computed.
        places: Places of the tokens in the rows laid end to end.
    """
    batch, hidden, last = _up_to_the_last_layer(model, encoded, rows)
    chosen = to_device(places, model.device)
    attended = _attend_all(last.attention.self, hidden, batch)
    return _finish(last, attended.index_select(0, chosen), hidden.index_select(0, chosen))


def _up_to_the_last_layer(
    model: "PreTrainedModel", encoded: Encoded, rows: NDArray[np.int64]
) -> tuple[Ragged, torch.Tensor, Any]:
    """The batch of the given rows, what the last layer reads of it, shape (tokens, width), and that layer."""
    batch = cut(encoded, rows, _first_position(model), model.device)
    hidden = _embed(model.base_model.embeddings, batch)
    *layers, last = model.base_model.encoder.layer
    for layer in layers:
        hidden = _finish(layer, _attend_all(layer.attention.self, hidden, batch), hidden)
    return batch, hidden, last


def computed(lengths: NDArray[np.int64]) -> int:
    """Tokens that a batch of these lengths makes the linear layers compute."""
    return int(lengths.sum())


def cut(encoded: Encoded, rows: NDArray[np.int64], first_position: int, device: torch.device) -> Ragged:
    """The batch of the given rows on `device`."""
    starts = encoded.offsets[rows]
    lengths = encoded.offsets[rows + 1] - starts
    firsts = np.cumsum(lengths) - lengths
    within = np.arange(lengths.sum()) - np.repeat(firsts, lengths)
    source = np.repeat(starts, lengths) + within
    longest = int(lengths.max())
    grid = places = bias = None
    if lengths.min() != longest:
        inside = np.arange(longest) < lengths[:, None]
        grid = to_device((firsts[:, None] + np.where(inside, np.arange(longest), 0)).ravel(), device)
        places = to_device(np.flatnonzero(inside), device)
        empty = to_device(np.where(inside, 0.0, -np.inf), device, torch.float32)
        bias = empty[:, None, None, :]
    return Ragged(
        tokens=to_device(encoded.tokens[source], device),
        types=to_device(encoded.types[source], device),
        positions=to_device(within + first_position, device),
        firsts=to_device(firsts, device),
        longest=longest,
        grid=grid,
        places=places,
        bias=bias,
    )


def _first_position(model: "PreTrainedModel") -> int:
    return model.config.pad_token_id + 1 if COUNTS_FROM_PADDING[model.config.model_type] else 0


def _embed(embeddings: Any, batch: Ragged) -> torch.Tensor:
    """Shape (tokens, width)."""
    total = embeddings.word_embeddings(batch.tokens) + embeddings.token_type_embeddings(batch.types)
    total = total + embeddings.position_embeddings(batch.positions)
    return _dropped(embeddings, embeddings.LayerNorm(total))


def _finish(layer: Any, attended: torch.Tensor, hidden: torch.Tensor) -> torch.Tensor:
    """What follows attention in a layer: projection, norm and the feed-forward network."""
    hidden = _add(layer.attention.output, attended, hidden)
    return _add(layer.output, layer.intermediate(hidden), hidden)


def _add(output: Any, values: torch.Tensor, hidden: torch.Tensor) -> torch.Tensor:
    """The projection of `values` added to `hidden`, and the norm; shape (tokens, width)."""
    return output.LayerNorm(_dropped(output, output.dense(values)) + hidden)


def _dropped(module: Any, values: torch.Tensor) -> torch.Tensor:
    """`values` with the dropout of one of the model's modules."""
    return dropout(values, module.dropout.p, module.training)


def _attend_all(attention: Any, hidden: torch.Tensor, batch: Ragged) -> torch.Tensor:
    """Self-attention of every token; shape (tokens, width)."""
    joint = _spread(_project(hidden, attention.query, attention.key, attention.value), batch)
    queries, keys, values = _heads(attention, joint, len(batch.firsts), 3)
    attended = _attention(attention, queries, keys, values, batch.bias)
    attended = attended.transpose(1, 2).reshape(-1, hidden.shape[-1])
    return attended if batch.places is None else attended.index_select(0, batch.places)


def _attend_first(attention: Any, firsts: torch.Tensor, hidden: torch.Tensor, batch: Ragged) -> torch.Tensor:
    """Attention of each row's first token to all of its row; shape (rows, width)."""
    rows = len(firsts)
    (queries,) = _heads(attention, attention.query(firsts), rows, 1)
    joint = _spread(_project(hidden, attention.key, attention.value), batch)
    keys, values = _heads(attention, joint, rows, 2)
    return _attention(attention, queries, keys, values, batch.bias).reshape(rows, -1)


def _project(hidden: torch.Tensor, *layers: torch.nn.Linear) -> torch.Tensor:
    """Several linear layers of one input as one product; shape (tokens, layers x width)."""
    return linear(hidden, torch.cat([layer.weight for layer in layers]), torch.cat([layer.bias for layer in layers]))


def _spread(joint: torch.Tensor, batch: Ragged) -> torch.Tensor:
    """Rows of tokens over the grid; shape (rows x longest, width)."""
    return joint if batch.grid is None else joint.index_select(0, batch.grid)


def _heads(attention: Any, joint: torch.Tensor, rows: int, parts: int) -> tuple[torch.Tensor, ...]:
    """`parts` tensors of shape (rows, heads, longest, head width)."""
    shape = (rows, -1, parts, attention.num_attention_heads, attention.attention_head_size)
    return tuple(part.transpose(1, 2) for part in joint.view(shape).unbind(2))


def _attention(
    attention: Any, queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, bias: torch.Tensor | None
) -> torch.Tensor:
    """Scaled dot-product attention, shape (rows, heads, queries, head width)."""
    probability = attention.dropout.p if attention.training else 0.0
    bias = None if bias is None else bias.to(queries.dtype)
    if probability and queries.device.type == "cpu":
        # The fused kernel knows no dropout on a CPU, and what replaces it there is slower than these four lines.
        scores = queries @ keys.transpose(-1, -2) / math.sqrt(attention.attention_head_size)
        scores = scores if bias is None else scores + bias
        return dropout(scores.softmax(dim=-1), probability) @ values
    return scaled_dot_product_attention(queries, keys, values, attn_mask=bias, dropout_p=probability)
