"""Distances of features against POT, scipy's assignment, explicit alignment and known answers."""

import math

import numpy as np
import ot
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_matrix

from pipeline.evidence.distances.domains import a_distance_of, gram_features, proxy_a_distance
from pipeline.evidence.distances.embedded import centroid_distance, linear_cka, principal, spread_distance
from pipeline.evidence.distances.transport import dataset_distance, squared_bures


def explicit_hsic(x: np.ndarray, y: np.ndarray) -> float:
    n = len(x)
    centre = np.eye(n) - 1 / n
    return float(np.trace(centre @ x @ x.T @ centre @ y @ y.T))


@pytest.mark.parametrize("rows", [12, 60])
def test_alignment_equals_the_definition_by_gram_matrices(rows: int) -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(rows, 20)), rng.normal(size=(rows, 7))
    expected = explicit_hsic(x, y) / math.sqrt(explicit_hsic(x, x) * explicit_hsic(y, y))
    assert linear_cka(x, y) == pytest.approx(expected)


def test_alignment_ignores_rotation_and_scale_and_constant_features_have_none() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(30, 5))
    turned = 3 * x @ np.linalg.qr(rng.normal(size=(5, 5)))[0] + 7
    assert linear_cka(x, turned) == pytest.approx(1)
    assert linear_cka(x, np.ones((30, 4))) == 0.0


def test_spread_is_alignment_over_dimensions_and_zero_for_a_copy() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(40, 6)), rng.normal(size=(25, 6)) * np.arange(1, 7)
    covariances = np.cov(x.T), np.cov(y.T)
    expected = np.sum(covariances[0] * covariances[1]) / np.prod([np.linalg.norm(c) for c in covariances])
    assert spread_distance(x, y) == pytest.approx(1 - expected)
    assert spread_distance(x, x[::-1] + 5) == pytest.approx(0)


def test_centroids_are_compared_by_their_angle() -> None:
    assert centroid_distance(np.array([[2.0, 0], [0, 0]]), np.array([[0.0, 3]])) == pytest.approx(1)
    assert centroid_distance(np.array([[1.0, 0]]), np.array([[-5.0, 0]])) == pytest.approx(2)
    assert centroid_distance(np.zeros((2, 2)), np.array([[1.0, 0]])) == 1.0


def test_principal_directions_keep_distances_where_all_are_kept() -> None:
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(9, 5)), rng.normal(size=(7, 5))
    a, b = principal([x, y], 32)
    assert np.linalg.norm(a[2] - b[3]) == pytest.approx(np.linalg.norm(x[2] - y[3]))


class TestTransport:
    def test_distance_of_normal_distributions_equals_pot(self) -> None:
        rng = np.random.default_rng(5)
        for _ in range(5):
            a, b = rng.normal(size=(2, 4, 4))
            m, k = rng.normal(size=(2, 4))
            expected = ot.gaussian.bures_wasserstein_distance(m, k, a @ a.T, b @ b.T)
            assert squared_bures(m, a @ a.T, k, b @ b.T) == pytest.approx(expected**2, rel=1e-6)

    def test_one_dimension_is_the_closed_form(self) -> None:
        found = squared_bures(np.array([1.0]), np.array([[4.0]]), np.array([3.0]), np.array([[9.0]]))
        assert found == pytest.approx(2**2 + (2 - 3) ** 2)

    def test_transport_equals_scipys_assignment_over_the_same_costs(self) -> None:
        rng = np.random.default_rng(6)
        x, y = rng.normal(size=(15, 3)), rng.normal(size=(15, 3)) + 1
        p, q = rng.integers(0, 2, 15), rng.integers(0, 3, 15)
        normals = [
            [(side[ids == kind].mean(0), np.cov(side[ids == kind].T)) for kind in np.unique(ids)]
            for side, ids in ((x, p), (y, q))
        ]
        cost = np.array(
            [
                [np.sum((x[i] - y[j]) ** 2) + squared_bures(*normals[0][p[i]], *normals[1][q[j]]) for j in range(15)]
                for i in range(15)
            ]
        )
        rows, columns = linear_sum_assignment(cost)
        assert dataset_distance(x, p, y, q) == pytest.approx(math.sqrt(cost[rows, columns].mean()))

    def test_a_corpus_is_no_way_from_itself_whatever_its_labels_are_called(self) -> None:
        x = np.random.default_rng(7).normal(size=(20, 3))
        labels = np.arange(20) % 3
        assert dataset_distance(x, labels, x[::-1], 9 - labels[::-1]) == pytest.approx(0, abs=1e-6)

    def test_labels_that_cut_the_same_texts_in_another_way_are_farther(self) -> None:
        x = np.random.default_rng(8).normal(size=(40, 2)) * [5, 1]
        along, across = (x[:, 0] > 0).astype(int), (x[:, 1] > 0).astype(int)
        assert dataset_distance(x, along, x, across) > dataset_distance(x, along, x, along) + 1

    def test_a_label_of_one_row_is_a_point(self) -> None:
        assert np.isfinite(dataset_distance(np.eye(3), np.array([0, 1, 1]), np.eye(3) + 1, np.array([0, 0, 1])))


class TestDomains:
    def test_corpora_without_a_shared_word_are_always_told_apart(self) -> None:
        one, other = gram_features(["good film"] * 40), gram_features(["acme corp"] * 40)
        assert proxy_a_distance(one, other) == 2.0

    def test_one_corpus_cannot_be_told_from_itself(self) -> None:
        features = gram_features([f"word{row % 7} word{row % 5}" for row in range(200)])
        rng = np.random.default_rng(9)
        assert proxy_a_distance(features[rng.permutation(200)], features[rng.permutation(200)]) < 0.5

    def test_the_error_of_the_best_rule_gives_the_distance(self) -> None:
        # One feature that says the corpus in 3 of 4 rows.
        rng = np.random.default_rng(10)
        says = rng.random((2, 4000)) < 0.75
        one = csr_matrix(np.stack([says[0], ~says[0]], 1).astype(float))
        other = csr_matrix(np.stack([~says[1], says[1]], 1).astype(float))
        assert proxy_a_distance(one, other) == pytest.approx(a_distance_of(0.25), abs=0.06)
        assert a_distance_of(0.25) == 1.0 and a_distance_of(0.6) == 0.0
