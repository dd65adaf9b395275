"""The rows that intermediate training of one start reads.

`examples` draws at most that many training rows, stratified by label and language. `labels: shuffled` deals
the labels of the training rows out again at random: texts and label frequencies stay, what connects them
goes, which makes the control that tells a task's use from that of more steps. Dev and test stay as they are.
"""

import random
from collections.abc import Sequence

from pipeline.corpora.schema import Row
from pipeline.corpora.splits import draw
from pipeline.study import Start


def training_rows(start: Start, train: Sequence[Row], seed: int) -> list[Row]:
    """The training rows of a start, in the order of `train`.

    Args:
        start: Its block of the study.
        train: The training rows of its corpus.
        seed: Seed of the draw and of the shuffle.
    """
    rows = list(train) if start.examples is None else draw(train, start.examples, seed, "examples")
    if start.labels == "given":
        return rows
    labels = [row.label for row in rows]
    random.Random(f"shuffled labels {seed}").shuffle(labels)
    return [row._replace(label=label) for row, label in zip(rows, labels, strict=True)]
