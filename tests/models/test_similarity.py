import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from salience.models.similarity import Measure, nearest, similarity


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


@pytest.mark.parametrize("measure", ["cosine", "pearson"])
@given(arrays(np.float32, (5, 7), elements=st.sampled_from([0.0, 0.25, 0.5, 1.0])))
def test_always_symmetric_and_within_one(
    measure: Measure, table: np.ndarray[tuple[int, int], np.dtype[np.float32]]
) -> None:
    found = similarity(sparse.csr_array(table), measure)
    assert np.isfinite(found).all()
    assert (np.abs(found) <= 1).all()
    np.testing.assert_allclose(found, found.T, atol=1e-5)


def test_nearest_keeps_the_positive_best() -> None:
    scores = np.array([[0.1, 0.5, -1.0, 0.3], [0.0, 0.0, 0.0, 0.0]], dtype=np.float32)
    kept = nearest(scores, 2)
    assert kept.toarray()[0].tolist() == [0.0, 0.5, 0.0, pytest.approx(0.3)]
    assert kept[[1]].nnz == 0
    assert kept.has_sorted_indices
