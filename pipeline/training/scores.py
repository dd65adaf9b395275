"""Scores of label predictions, in numpy alone so that the smallest process can afford them.

Labels are integers from 0 to `labels - 1`, in the order in which the corpus declares them.
"""

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int64]


def accuracy(gold: Labels, predicted: Labels) -> float:
    """Share of examples whose predicted label is the gold one; NaN without examples."""
    return float(np.mean(gold == predicted)) if len(gold) else float("nan")


def macro_f1(gold: Labels, predicted: Labels, labels: int) -> float:
    """Mean of the F1 scores of all declared labels, each with the same weight.

    A label's F1 is 2 TP / (2 TP + FP + FN). A label that is neither in `gold` nor in `predicted` counts with 0,
    so that the mean is over the same number of labels in every test set: scikit-learn's
    `f1_score(gold, predicted, labels=range(labels), average="macro", zero_division=0)`.
    """
    hits = np.bincount(gold[gold == predicted], minlength=labels)
    total = np.bincount(gold, minlength=labels) + np.bincount(predicted, minlength=labels)
    return float(np.mean(2 * hits / np.maximum(total, 1)))


def collapsed(gold: Labels, predicted: Labels) -> bool:
    """Whether a run predicts one label only although the gold labels are several: training that failed."""
    return len(np.unique(predicted)) == 1 and len(np.unique(gold)) > 1
