"""Scores of features against the formulas by brute force, scipy and scikit-learn."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from pipeline.evidence.predictors import h_score, leep, logme


def evidence(features: np.ndarray, wanted: np.ndarray, alpha: float, beta: float) -> float:
    """log p(y | F): y is normal with covariance 1/beta + F F' / alpha."""
    covariance = np.eye(len(wanted)) / beta + features @ features.T / alpha
    return float(stats.multivariate_normal.logpdf(wanted, np.zeros(len(wanted)), covariance))


def greatest(features: np.ndarray, wanted: np.ndarray) -> float:
    def lacking(logs: np.ndarray) -> float:
        return -evidence(features, wanted, *np.exp(logs))

    precise = {"xatol": 1e-6, "fatol": 1e-10, "maxiter": 2000}
    begins = ([0.0, 0.0], [2.0, 2.0], [4.0, 1.0])
    return -min(float(optimize.minimize(lacking, one, method="Nelder-Mead", options=precise).fun) for one in begins)


@pytest.mark.parametrize("rows, dimensions, classes", [(12, 3, 2), (15, 4, 3), (6, 9, 2)])
def test_logme_is_the_greatest_evidence_that_a_search_finds(rows: int, dimensions: int, classes: int) -> None:
    rng = np.random.default_rng(rows)
    labels = np.arange(rows) % classes
    features = rng.normal(size=(rows, dimensions)) + 0.8 * labels[:, None]
    expected = np.mean([greatest(features, (labels == kind).astype(float)) for kind in range(classes)]) / rows
    assert logme(features, labels, classes) == pytest.approx(expected, abs=2e-4)


def test_features_that_say_the_label_have_more_evidence_than_noise() -> None:
    rng = np.random.default_rng(1)
    labels = np.arange(200) % 2
    noise = rng.normal(size=(200, 8))
    telling = noise.copy()
    telling[:, 0] += 3 * labels
    assert logme(telling, labels, 2) > logme(noise, labels, 2) + 0.1
    assert h_score(telling, labels) > h_score(noise, labels) + 0.3


def test_labels_that_no_row_has_and_constant_features_make_no_trouble() -> None:
    labels = np.array([0, 1, 0, 1, 1, 0])
    features = np.random.default_rng(2).normal(size=(6, 3))
    assert logme(features, labels, 5) == logme(features, labels, 2)
    assert math.isfinite(logme(np.ones((6, 3)), labels, 2))
    assert h_score(np.ones((6, 3)), labels) == pytest.approx(0, abs=1e-9)


def test_h_score_equals_the_plain_one_where_rows_are_many() -> None:
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 3, 20_000)
    features = rng.normal(size=(20_000, 4)) + np.eye(4)[labels]
    means = np.stack([features[labels == kind].mean(0) for kind in range(3)])[labels]
    plain = np.trace(np.linalg.inv(np.cov(features.T, bias=True)) @ np.cov(means.T, bias=True))
    assert h_score(features, labels) == pytest.approx(plain, rel=0.02)


def test_shrinkage_keeps_noise_from_scoring_where_dimensions_are_many() -> None:
    rng = np.random.default_rng(4)
    labels = np.arange(30) % 2
    noise = rng.normal(size=(30, 200))
    centred = noise - noise.mean(0)
    means = np.stack([centred[labels == kind].mean(0) for kind in range(2)])[labels]
    plain = np.trace(np.linalg.pinv(centred.T @ centred / 30) @ (means.T @ means / 30))
    assert plain == pytest.approx(1, abs=1e-6)
    assert h_score(noise, labels) < 0.5


@settings(max_examples=30)
@given(st.integers(1, 12), st.integers(1, 4), st.integers(2, 3), st.integers(0, 2**32 - 1))
def test_leep_equals_its_definition_by_loops(rows: int, heads: int, classes: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    theta, labels = rng.dirichlet(np.ones(heads), rows), rng.integers(0, classes, rows)
    total = 0.0
    for i in range(rows):
        likelihood = 0.0
        for z in range(heads):
            joint = sum(theta[j, z] for j in range(rows) if labels[j] == labels[i]) / rows
            likelihood += joint / (theta[:, z].sum() / rows) * theta[i, z]
        total += math.log(likelihood)
    assert leep(theta, labels, classes) == pytest.approx(total / rows)


def test_leep_of_a_head_that_says_the_label_is_nought_and_of_one_that_says_nothing_the_entropy() -> None:
    labels = np.array([0, 1, 1, 1])
    assert leep(np.eye(2)[labels], labels, 2) == pytest.approx(0)
    assert leep(np.full((4, 3), 1 / 3), labels, 2) == pytest.approx(-stats.entropy([0.25, 0.75]))
