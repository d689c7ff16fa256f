import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse
from sklearn.metrics import pairwise_distances

from salience.models.neighbours.similarity import Likeness, Measure, Rows, alike, nearest, similarity


def test_pearson_is_that_of_the_common_columns_about_the_rows_means() -> None:
    a, b = np.array([5.0, 3.0, 0.0, 1.0]), np.array([4.0, 0.0, 5.0, 1.0])
    both = (a > 0) & (b > 0)
    da, db = (a - a[a > 0].mean())[both], (b - b[b > 0].mean())[both]
    expected = (da @ db) / np.sqrt((da @ da) * (db @ db))
    found = similarity(sparse.csr_array(np.stack([a, b]).astype(np.float32)), "pearson")
    assert found[0, 1] == pytest.approx(expected, rel=1e-5)


def test_rows_that_rate_everything_alike_correlate_with_nobody() -> None:
    rows = sparse.csr_array(np.array([[3, 3, 3], [1, 2, 3]], dtype=np.float32))
    assert similarity(rows, "pearson")[0].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("measure", ["cosine", "jaccard", "pearson"])
@given(arrays(np.float32, (5, 7), elements=st.sampled_from([0.0, 0.25, 0.5, 1.0])))
def test_always_symmetric_and_within_one(
    measure: Measure, table: np.ndarray[tuple[int, int], np.dtype[np.float32]]
) -> None:
    found = similarity(sparse.csr_array(table), measure)
    assert np.isfinite(found).all()
    assert (np.abs(found) <= 1).all()
    np.testing.assert_allclose(found, found.T, atol=1e-5)


def test_jaccard_is_that_of_scikit_learn() -> None:
    sets = np.random.default_rng(0).random((8, 12)) < 0.4
    sets[:, 0] = True  # of two empty sets scikit-learn says 1
    expected = 1 - pairwise_distances(sets, metric="jaccard")
    found = similarity(sparse.csr_array(sets.astype(np.float32)), "jaccard")
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_tilted_cosine_by_hand() -> None:
    rows = Rows.of(sparse.csr_array(np.array([[1, 1, 0, 0], [1, 1, 1, 1]], dtype=np.float32)), "cosine")
    found = alike(rows, rows, Likeness(tilt=0.25)).toarray()
    assert found[0, 1] == pytest.approx(2 / (2**0.25 * 4**0.75))
    assert found[1, 0] == pytest.approx(2 / (4**0.25 * 2**0.75))


def test_nearest_keeps_the_best_others_of_each_row(monkeypatch: pytest.MonkeyPatch) -> None:
    table = (np.random.default_rng(1).random((9, 6)) < 0.5).astype(np.float32)
    rows = Rows.of(sparse.csr_array(table), "cosine")
    every = similarity(sparse.csr_array(table))
    np.fill_diagonal(every, 0)
    for cells in (9, 1_000):
        monkeypatch.setattr("salience.models.neighbours.similarity.CELLS", cells)
        kept = nearest(rows, 2, Likeness())
        assert kept.has_sorted_indices
        for row in range(9):
            expected = np.sort(every[row])[::-1][:2]
            np.testing.assert_allclose(np.sort(kept[[row]].data)[::-1], expected[expected > 0], atol=1e-6)


@pytest.mark.parametrize("how", [Likeness(), Likeness(shrink=5.0), Likeness("jaccard", 2.0), Likeness(tilt=0.2)])
def test_few_rows_with_many_columns_are_compared_alike(monkeypatch: pytest.MonkeyPatch, how: Likeness) -> None:
    values = np.random.default_rng(0).random((20, 300), np.float32)
    values[values < 0.5] = 0
    rows = Rows.of(sparse.csr_array(values), how.measure)
    dense = nearest(rows, 7, how)
    monkeypatch.setattr("salience.models.neighbours.similarity.FEW", 0)
    by_blocks = nearest(rows, 7, how)
    np.testing.assert_array_equal(dense.indices, by_blocks.indices)
    np.testing.assert_allclose(dense.data, by_blocks.data, rtol=1e-5)
