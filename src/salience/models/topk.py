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

TILE = 2048  # rows of one tile of a product ...
TILE_COLUMNS = 512  # ... and its columns: 4 MB. Narrow tiles leave the second factor in the innermost cache


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
    _check(k)
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


def best_of_product(left: Floats, right: Floats, k: int, *, leave_out: Matrix | None = None) -> tuple[Codes, Floats]:
    """`best` of ``left @ right.T`` ((rows, f) by (n, f)), never holding more than a tile of the product.

    Long rows of ``right`` come first, as they make the large products. Each row keeps the ``k``-th value found so far;
    of a later tile only what reaches it goes on. Tiles round like smaller products do, so scores may differ from those
    of the whole product in the last bits.
    """
    _check(k)
    n = len(right)
    codes = np.full((len(left), k), n, dtype=np.int64)
    found = np.full((len(left), k), -np.inf, dtype=np.float32)
    if not n:
        return codes, found
    columns = np.argsort(-np.einsum("ij,ij->i", right, right), kind="stable")
    place = np.empty(n, dtype=np.int64)
    place[columns] = np.arange(n)
    ties = np.empty(n, dtype=np.int64)
    ties[tie_order(n)] = np.arange(n)
    turned = np.ascontiguousarray(right[columns].T)
    room = _Room(min(TILE, len(left)), min(TILE_COLUMNS, n))
    for start in range(0, len(left), TILE):
        rows = slice(start, min(start + TILE, len(left)))
        hidden = _hidden(leave_out[rows], place) if leave_out is not None else None
        row, column, value = _survivors(left[rows], turned, k, hidden, room)
        item = columns[column]
        order = np.lexsort((ties[item], -value, row))
        row, item, value = row[order], item[order], value[order]
        rank = np.arange(len(row)) - np.searchsorted(row, row)
        kept = rank < k
        codes[start + row[kept], rank[kept]] = item[kept]
        found[start + row[kept], rank[kept]] = value[kept]
    return codes, found


def _hidden(leave_out: Matrix, place: Codes) -> tuple[Codes, Codes]:
    """(rows, columns) of what is left out, in the order of the columns."""
    rows = np.repeat(np.arange(leave_out.shape[0]), np.diff(leave_out.indptr))
    columns = place[leave_out.indices]
    order = np.argsort(columns, kind="stable")
    return rows[order], columns[order]


class _Room:
    """Memory for one tile and its mask, used again and again: fresh pages cost as much as half of a product."""

    def __init__(self, rows: int, columns: int) -> None:
        self._tile = np.empty(rows * columns, np.float32)
        self._mask = np.empty(rows * columns, np.bool_)

    def product(self, left: Floats, right: Floats) -> Floats:
        """``left @ right``, (rows, columns), valid until the next call."""
        size = len(left), right.shape[1]
        return np.matmul(left, right, out=self._tile[: size[0] * size[1]].reshape(size))

    def reaching(self, tile: Floats, least: Floats) -> NDArray[np.bool_]:
        """Where the tile is at least ``least`` (rows, 1), valid until the next call."""
        return np.greater_equal(tile, least, out=self._mask[: tile.size].reshape(tile.shape))


def _survivors(
    left: Floats, turned: Floats, k: int, hidden: tuple[Codes, Codes] | None, room: _Room
) -> tuple[Codes, Codes, Floats]:
    """(row, column, value) of every product that may be among its row's ``k`` best: those of the k-th value and above.

    The k-th values are renewed whenever the columns seen have doubled, so each renewal meets about k new ones a row.
    """
    batch, n = len(left), turned.shape[1]
    reached = np.full((batch, 1), -np.finfo(np.float32).max, np.float32)  # -inf is never chosen
    top = np.full((batch, k), -np.inf, np.float32)
    kept: list[tuple[Codes, Codes, Floats]] = []
    waiting: list[tuple[Codes, Codes, Floats]] = []
    start, renew = 0, 0
    while start < n:
        stop = min(n, start + TILE_COLUMNS)
        tile = room.product(left, turned[:, start:stop])
        if hidden is not None:
            part = slice(*np.searchsorted(hidden[1], (start, stop)))
            tile[hidden[0][part], hidden[1][part] - start] = -np.inf
        if not start and stop > k:
            reached = np.maximum(reached, np.partition(tile, stop - k, axis=1)[:, stop - k : stop - k + 1])
        row, column = _true(room.reaching(tile, reached))
        waiting.append((row, column + start, tile[row, column]))
        if stop >= renew or stop == n:
            top = _renewed(top, waiting)
            reached = np.maximum(reached, top.min(axis=1, keepdims=True))
            kept, waiting, renew = kept + waiting, [], 2 * stop
        start = stop
    row, column, value = (np.concatenate(parts) for parts in zip(*kept, strict=True))
    final = value >= reached[row, 0]
    return row[final], column[final], value[final]


def _true(mask: NDArray[np.bool_]) -> tuple[Codes, Codes]:
    """`np.nonzero`, eight cells at a time where the width allows it: nearly all are false."""
    width = mask.shape[1]
    if width % 8:
        rows, columns = np.nonzero(mask)
        return rows, columns
    words = np.flatnonzero(mask.reshape(-1).view(np.uint64))
    word, bit = np.nonzero(mask.reshape(-1, 8)[words])
    flat = words[word] * 8 + bit
    return flat // width, flat % width


def _renewed(top: Floats, waiting: list[tuple[Codes, Codes, Floats]]) -> Floats:
    """The ``k`` largest values of each row among ``top`` (batch, k) and those that wait, in no order."""
    batch, k = top.shape
    row, value = (np.concatenate([part[at] for part in waiting]) for at in (0, 2))
    order = np.argsort(row, kind="stable")
    row, value = row[order], value[order]
    at = np.arange(len(row)) - np.searchsorted(row, row)
    wide = np.full((batch, k + int(at.max(initial=-1)) + 1), -np.inf, np.float32)
    wide[:, :k] = top
    wide[row, k + at] = value
    return np.partition(wide, wide.shape[1] - k, axis=1)[:, wide.shape[1] - k :]


def _check(k: int) -> None:
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
