"""The rows of a table put in order by (user, item), in a time that grows with the rows as a scan does.

A counting sort by user (skipped where the rows stand so already, as prepared ones do), then a sort of each user's few
rows by item, which stays in the cache. SciPy has both: its change from rows to columns of a sparse matrix is a counting
sort (Knuth, The Art of Computer Programming, volume 3, section 5.2).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Codes = NDArray[np.int32]


def pair_runs(user: Codes, item: Codes, users: int, items: int) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """(order, starts): the rows by user, then item, those of a pair in any order; and where each pair's run begins.

    ``user`` and ``item`` are codes below ``users`` and ``items``, shape (n,).

    >>> order, starts = pair_runs(np.array([1, 0, 1]), np.array([2, 0, 1]), 2, 3)
    >>> order.tolist(), starts.tolist()
    ([1, 2, 0], [0, 1, 2])
    """
    whole: Any = np.int32 if len(user) < 2**31 - 1 else np.int64
    order: Any = np.arange(len(user), dtype=whole)
    if (user[1:] < user[:-1]).any():
        entries: Any = (np.ones(len(user), np.bool_), user, np.arange(len(user) + 1, dtype=whole))
        order = sparse.csr_array(entries, shape=(len(user), users)).tocsc().indices
    indptr: Any = np.concatenate(([0], np.cumsum(np.bincount(user, minlength=users)))).astype(whole)
    rows: Any = sparse.csr_array((order, item[order], indptr), shape=(users, items))
    rows.sort_indices()
    begins = np.ones(len(user), np.bool_)
    begins[1:] = rows.indices[1:] != rows.indices[:-1]
    begins[indptr[:-1][indptr[:-1] < len(user)]] = True
    return rows.data, np.flatnonzero(begins)
