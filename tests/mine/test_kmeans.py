"""k-means on the sphere and its judges, against scikit-learn and worlds with a known answer."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse
from sklearn import metrics

from salience.mine.kmeans import adjusted_rand, best_overlap, fit, nearest, silhouette


def bundles(sizes: list[int], seed: int = 0, spread: float = 0.1) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Unit vectors around the axes, one bundle per axis."""
    rng = np.random.default_rng(seed)
    true = np.repeat(np.arange(len(sizes)), sizes)
    made = np.eye(len(sizes))[true] + spread * rng.normal(size=(len(true), len(sizes)))
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32), true


@pytest.mark.parametrize("seed", range(5))
def test_planted_bundles_are_found(seed: int) -> None:
    vectors, true = bundles([60, 30, 10, 5], seed)
    labels, _ = nearest(vectors, fit(vectors, 4, np.random.default_rng(seed)))
    assert adjusted_rand(labels, true) == 1


def test_sparse_vectors_give_the_same_groups() -> None:
    vectors, _ = bundles([20, 20, 20])
    dense = nearest(vectors, fit(vectors, 3, np.random.default_rng(1)))[0]
    thin = sparse.csr_array(vectors)
    labels = nearest(thin, fit(thin, 3, np.random.default_rng(1)))[0]
    assert labels.tolist() == dense.tolist()
    np.testing.assert_allclose(silhouette(thin, labels), silhouette(vectors, dense), atol=1e-6)


def test_the_same_seed_gives_the_same_centroids() -> None:
    vectors, _ = bundles([20, 20], spread=0.5)
    first, again = (fit(vectors, 3, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), 1, rtol=1e-5)


def test_more_restarts_are_never_worse() -> None:
    vectors, _ = bundles([20] * 8, spread=0.4)
    total = [
        float(nearest(vectors, fit(vectors, 8, np.random.default_rng(3), restarts=n))[1].sum()) for n in (1, 5, 20)
    ]
    assert total == sorted(total)


def test_fewer_different_vectors_than_groups() -> None:
    same = np.tile(np.array([[1, 0]], np.float32), (5, 1))
    assert np.isfinite(fit(same, 3, np.random.default_rng(0))).all()


def test_silhouette_is_that_of_scikit_learn() -> None:
    vectors, _ = bundles([30, 20, 1], spread=0.4)
    labels = nearest(vectors, fit(vectors, 4, np.random.default_rng(0)))[0]
    np.testing.assert_allclose(silhouette(vectors, labels), metrics.silhouette_samples(vectors, labels), atol=1e-4)


@pytest.mark.parametrize("seed", range(10))
def test_adjusted_rand_is_that_of_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one, other = rng.integers(0, 4, 100), rng.integers(0, 3, 100)
    other[:50] = one[:50] % 3
    assert adjusted_rand(one, other) == pytest.approx(metrics.adjusted_rand_score(one, other))


def test_adjusted_rand_of_trivial_groupings() -> None:
    nobody, apart = np.zeros(0, np.int64), np.arange(3)
    assert adjusted_rand(nobody, nobody) == adjusted_rand(apart, apart) == 1
    assert adjusted_rand(np.zeros(3, np.int64), apart) == 0


def test_best_overlap_by_hand() -> None:
    one, other = np.array([0, 0, 0, 1], np.int32), np.array([1, 1, 0, 0], np.int32)
    assert best_overlap(one, other, 2).tolist() == pytest.approx([2 / 3, 1 / 2])
