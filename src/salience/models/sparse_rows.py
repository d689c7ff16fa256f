"""Row by row on sparse matrices: the largest few entries, shares of the row's sum, the Gram matrix of the columns."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.interactions import Matrix
from salience.models.topk import tie_order

NEAR = 1_000_000  # entries of rows that are multiplied together: 8 MB, which the processor holds


def gram(X: Matrix) -> NDArray[np.float32]:
    """X'X, dense, (columns, columns): a sum over blocks of rows, as a product of all would wait for memory.

    >>> gram(sparse.csr_array(np.array([[1.0, 1.0], [0.0, 1.0]], dtype=np.float32))).tolist()
    [[1.0, 1.0], [1.0, 2.0]]
    """
    edges = np.searchsorted(X.indptr, np.arange(NEAR, X.nnz, NEAR), side="right") - 1
    edges = np.unique(np.concatenate(([0], edges, [X.shape[0]])))
    out = np.zeros((X.shape[1], X.shape[1]), np.float32)
    for start, stop in pairwise(edges.tolist()):
        rows = X[start:stop]
        out += (rows.T @ rows).toarray()
    return out


def largest(matrix: Matrix, k: int) -> Matrix:
    """The ``k`` largest stored entries of each row; ties by the fixed pseudo-random order of the columns.

    >>> largest(sparse.csr_array(np.array([[1.0, 3.0, 2.0]], dtype=np.float32)), 2).toarray().tolist()
    [[0.0, 3.0, 2.0]]
    """
    lengths = np.diff(matrix.indptr)
    crowded = np.flatnonzero(lengths > k)
    if not len(crowded):
        return matrix
    least = np.full(len(lengths), -np.inf, dtype=matrix.data.dtype)
    for r in crowded:  # a partition per row: sorting all entries together takes ten times as long
        values = matrix.data[matrix.indptr[r] : matrix.indptr[r + 1]]
        least[r] = np.partition(values, len(values) - k)[len(values) - k]
    row = np.repeat(np.arange(len(lengths)), lengths)
    keep = matrix.data > least[row]
    room = np.where(lengths > k, k - np.bincount(row[keep], minlength=len(lengths)), 0)
    tied = np.flatnonzero(matrix.data == least[row])
    place = np.empty(matrix.shape[1], dtype=np.int64)
    place[tie_order(matrix.shape[1])] = np.arange(matrix.shape[1])
    tied = tied[np.lexsort((place[matrix.indices[tied]], row[tied]))]
    start = np.searchsorted(row[tied], row[tied])  # of the row's own run among the ties
    keep[tied[np.arange(len(tied)) - start < room[row[tied]]]] = True
    indptr = np.concatenate(([0], np.cumsum(np.minimum(lengths, k))))
    return sparse.csr_array((matrix.data[keep], matrix.indices[keep], indptr), shape=matrix.shape)


def shares(matrix: Matrix) -> Matrix:
    """Each row divided by its sum; rows of nothing stay so."""
    total: NDArray[np.float32] = np.asarray(matrix.sum(axis=1)).ravel()
    data = matrix.data / np.repeat(np.maximum(total, np.finfo(np.float32).tiny), np.diff(matrix.indptr))
    return sparse.csr_array((data.astype(np.float32), matrix.indices, matrix.indptr), shape=matrix.shape)


def scaled(rows: NDArray[np.floating], matrix: Matrix, columns: NDArray[np.floating]) -> Matrix:
    """diag(rows) M diag(columns)."""
    data = matrix.data * np.repeat(rows, np.diff(matrix.indptr)) * columns[matrix.indices]
    return sparse.csr_array((data.astype(np.float32), matrix.indices, matrix.indptr), shape=matrix.shape)
