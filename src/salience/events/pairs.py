"""The rows of a table put in order by (user, item), in a time that grows with the rows as a scan does.

A counting sort by user (skipped where the rows stand so already, as prepared ones do), then a sort of each user's few
rows by item. SciPy has both: its change from rows to columns of a sparse matrix is a counting sort (Knuth, The Art of
Computer Programming, volume 3, section 5.2). The second goes on in blocks of some users, whose rows stay in the cache
and whose memory is used again, so that ten times the rows cost ten times the time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Codes = NDArray[np.int32]
BLOCK = 2**20  # rows; more only where one user has more


class Block(NamedTuple):
    """The rows of the users from ``first`` to below ``last``, by user, then item, those of a pair in any order."""

    first: int
    last: int
    order: NDArray[Any]  # of rows of the table
    starts: NDArray[np.int64]  # where each pair's run begins in ``order``


def pair_blocks(user: Codes, item: Codes, users: int, items: int) -> Iterator[Block]:
    """Blocks of all rows, users ascending. ``user`` and ``item`` are codes below ``users`` and ``items``, shape (n,).

    >>> [(b.order.tolist(), b.starts.tolist()) for b in pair_blocks(np.array([1, 0, 1]), np.array([2, 0, 1]), 2, 3)]
    [([1, 2, 0], [0, 1, 2])]
    """
    whole: Any = np.int32 if len(user) < 2**31 - 1 else np.int64
    order: Any = None
    indptr: Any
    if (user[1:] < user[:-1]).any():
        entries: Any = (np.ones(len(user), np.bool_), user, np.arange(len(user) + 1, dtype=whole))
        by_user = sparse.csr_array(entries, shape=(len(user), users)).tocsc()
        order, indptr = by_user.indices, by_user.indptr
    else:
        indptr = ends(user, users)
    first = 0
    while first < users:
        last = max(first + 1, int(np.searchsorted(indptr, indptr[first] + BLOCK, side="right")) - 1)
        begin, end = int(indptr[first]), int(indptr[last])
        rows: Any = np.arange(begin, end, dtype=whole) if order is None else order[begin:end]
        local = indptr[first : last + 1] - begin
        pairs: Any = sparse.csr_array((rows, item[rows], local), shape=(last - first, items))
        pairs.sort_indices()
        begins = np.ones(end - begin, np.bool_)
        begins[1:] = pairs.indices[1:] != pairs.indices[:-1]
        begins[local[:-1][local[:-1] < len(begins)]] = True
        yield Block(first, last, pairs.data, np.flatnonzero(begins))
        first = last


def pair_runs(user: Codes, item: Codes, users: int, items: int) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """(order, starts): all rows by user, then item, those of a pair in any order; and where each pair's run begins.

    >>> order, starts = pair_runs(np.array([1, 0, 1]), np.array([2, 0, 1]), 2, 3)
    >>> order.tolist(), starts.tolist()
    ([1, 2, 0], [0, 1, 2])
    """
    orders, starts, begin = [np.zeros(0, np.int32)], [np.zeros(0, np.int64)], 0
    for block in pair_blocks(user, item, users, items):
        orders.append(block.order)
        starts.append(block.starts + begin)
        begin += len(block.order)
    return np.concatenate(orders), np.concatenate(starts)


def ends(ordered: Codes, n: int) -> NDArray[np.int64]:
    """Where the rows of each code below ``n`` begin and end in ``ordered`` codes, shape (n + 1,), as CSR's indptr.

    By where the code changes: counting every row would first copy them all to numbers of twice the size.

    >>> ends(np.array([0, 0, 2]), 4).tolist()
    [0, 2, 2, 3, 3]
    """
    found = np.zeros(n + 1, np.int64)
    if len(ordered):
        last = np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(ordered) - 1)
        found[ordered[last] + 1] = last + 1
    return np.maximum.accumulate(found)
