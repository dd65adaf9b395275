"""The scores of one start's checkpoints on one target, from features of the same rows under F's and IF's weights."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.evidence.distances.embedded import linear_cka
from pipeline.evidence.features import Features
from pipeline.evidence.predictors import h_score, leep, logme
from pipeline.evidence.statistics import Ids


@dataclass(frozen=True)
class Scores:
    """Scores of features on a target's rows."""

    logme: float
    h_score: float


def scores_of(features: Features, labels: Ids, classes: int) -> Scores:
    """LogME and H-score of one checkpoint."""
    return Scores(logme(features.vectors, labels, classes), h_score(features.vectors, labels))


def known_beforehand(
    pretrained: Features, checkpoints: Sequence[Features], labels: Ids, classes: int
) -> dict[str, float]:
    """The predictors of a gain that features give, averaged over the intermediate seeds' checkpoints."""
    without = scores_of(pretrained, labels, classes)
    found = []
    for features in checkpoints:
        scores = scores_of(features, labels, classes)
        found.append(
            {
                "logme": scores.logme - without.logme,
                "h_score": scores.h_score - without.h_score,
                "feature_change": 1 - linear_cka(features.vectors, pretrained.vectors),
            }
            | ({} if features.probabilities is None else {"leep": leep(features.probabilities, labels, classes)})
        )
    return {name: float(np.mean([one[name] for one in found])) for name in found[0]}
