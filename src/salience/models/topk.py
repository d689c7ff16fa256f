"""The best k of a batch of scores, with ties broken by a fixed pseudo-random order of the items.

Why not file order: files are often sorted by popularity or by time of appearance, so "first in the file wins" smuggles
popularity into a model whose scores tie. The fixed permutation is the same in every run, and because it knows nothing
of the items, a metric over tied scores is in expectation the one of ties "ranked at the middle".
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from salience.events.fault import InvalidInput
from salience.events.interactions import Matrix

Floats = NDArray[np.float32]
Codes = NDArray[np.int64]


@lru_cache(maxsize=8)
def tie_order(n: int) -> Codes:
    """A fixed permutation of 0..n-1: among equal scores the item that stands earlier in it wins."""
    order = np.random.default_rng(0x5A11E9CE).permutation(n)
    order.setflags(write=False)
    return order


def best(scores: Floats, k: int, *, leave_out: Matrix | None = None) -> tuple[Codes, Floats]:
    """The ``k`` best columns of each row, best first: (codes, scores), both of shape (batch, k).

    Entries stored in ``leave_out`` (batch, n), whatever their value, and scores of -inf are never chosen; where fewer
    than ``k`` are left, the code is ``n`` and the score -inf. ``scores`` is not changed.

    >>> codes, found = best(np.array([[0.1, 0.9, 0.5]], dtype=np.float32), 2)
    >>> codes.tolist(), found.round(1).tolist()
    ([[1, 2]], [[0.8999999761581421, 0.5]])
    >>> best(np.zeros((1, 2), dtype=np.float32), 3)[0].tolist()[0][2]  # nothing third: padded with n = 2
    2
    """
    check_k(k)
    batch, n = scores.shape
    order = tie_order(n)
    shuffled = np.take(scores, order, axis=1)  # a copy in tie order, so that "first in the row" is what breaks ties
    if leave_out is not None and leave_out.nnz:
        place = np.empty(n, dtype=np.int64)
        place[order] = np.arange(n)
        rows = np.repeat(np.arange(batch), np.diff(leave_out.indptr))
        shuffled[rows, place[leave_out.indices]] = -np.inf
    width = min(k, n)
    codes = np.full((batch, k), n, dtype=np.int64)
    found = np.full((batch, k), -np.inf, dtype=np.float32)
    if not width or not batch:
        return codes, found
    chosen = _first_of_the_best(shuffled, width)
    values = np.take_along_axis(shuffled, chosen, axis=1)
    ranks = np.argsort(-values, axis=1, kind="stable")
    values = np.take_along_axis(values, ranks, axis=1)
    codes[:, :width] = np.where(values == -np.inf, n, order[np.take_along_axis(chosen, ranks, axis=1)])
    found[:, :width] = values
    return codes, found


def check_k(k: int) -> None:
    """Refuse what is not a whole number of 1 or more."""
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 1:
        raise InvalidInput("k", k, "must be a whole number of 1 or more", "pass k=10 for ten items")


def _first_of_the_best(scores: Floats, width: int) -> Codes:
    """Columns of the ``width`` largest scores of each row, ascending; ties go to the first columns."""
    batch, n = scores.shape
    if width == n:
        return np.broadcast_to(np.arange(n), (batch, n))
    lowest = np.partition(scores, n - width, axis=1)[:, n - width : n - width + 1]
    taken = scores >= lowest
    # where more tie at the threshold than fit, take the first ones; which ones a partition keeps is not defined
    tied = np.flatnonzero(taken.sum(axis=1) > width)
    if len(tied):
        part, edge = scores[tied], lowest[tied]
        above, equal = part > edge, part == edge
        room = width - above.sum(axis=1, keepdims=True)
        taken[tied] = above | (equal & (np.cumsum(equal, axis=1) <= room))
    return np.nonzero(taken)[1].reshape(batch, width)
