from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from salience.models.sparse_rows import largest, scaled, shares


@pytest.mark.parametrize("k", [1, 3, 7, 50])
def test_largest_keeps_what_sorting_keeps(k: int) -> None:
    rng = np.random.default_rng(k)
    dense = np.where(rng.random((40, 30)) < 0.4, rng.random((40, 30)), 0).astype(np.float32)
    dense[3] = 0
    found = largest(sparse.csr_array(dense), k).toarray()
    for row, kept in zip(dense, found, strict=True):
        expected = np.sort(row[row > 0])[::-1][:k]
        assert np.sort(kept[kept > 0])[::-1].tolist() == expected.tolist()
        assert (row[kept > 0] == kept[kept > 0]).all()


def test_shares_sum_to_one_and_empty_rows_stay_empty() -> None:
    found = shares(sparse.csr_array(np.array([[1, 3], [0, 0]], dtype=np.float32)))
    assert found.toarray().tolist() == [[0.25, 0.75], [0, 0]]


def test_scaled_is_the_product_of_three() -> None:
    matrix = sparse.csr_array(np.array([[1, 2], [0, 3]], dtype=np.float32))
    assert scaled(np.array([1.0, 10.0]), matrix, np.array([1.0, 2.0])).toarray().tolist() == [[1, 4], [0, 60]]
