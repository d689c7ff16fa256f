"""The best k of each row of a product of factors, without ever holding the product.

Maximum inner product search, exactly: blocks of the product, as in Abuzaid, Sethi, Bailis, Zaharia 2019, "To Index or
Not to Index: Optimizing Exact Maximum Inner Product Search", with the stop by lengths of Teflioudi, Gemulla, Mykytiuk
2015, "LEMP: Fast Retrieval of Large Entries in a Matrix Product". With the `fast` extra large ones go by way of bytes:
`models.rough_product`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.interactions import Matrix
from salience.models.rough_product import ROWS, RoughProduct
from salience.models.threads import share, side_by_side
from salience.models.topk import Codes, Floats, check_k, tie_order

TILE = 2048  # rows of one tile of a product ...
TILE_COLUMNS = 512  # ... and its columns: 4 MB. Narrow tiles leave the second factor in the innermost cache


def best_of_product(left: Floats, right: Floats, k: int, *, leave_out: Matrix | None = None) -> tuple[Codes, Floats]:
    """`topk.best` of ``left @ right.T`` ((rows, f) by (n, f)), never holding more than a tile of the product.

    Long rows of ``right`` come first, as they make the large products. Each row keeps the ``k``-th value found so far;
    of a later tile only what reaches it goes on, and a row ends where the lengths say that nothing can. Tiles of rows
    run side by side. Tiles round like smaller products do, so scores may differ from those of the whole product in the
    last bits. With `RoughProduct` only the rows that it leaves open are done so.
    """
    check_k(k)
    n = len(right)
    codes = np.full((len(left), k), n, dtype=np.int64)
    found = np.full((len(left), k), -np.inf, dtype=np.float32)
    if not n:
        return codes, found
    lengths = _lengths(right)
    columns = np.argsort(-lengths, kind="stable")
    rough = RoughProduct(right, columns) if RoughProduct.pays(left, right, k) else None
    place = np.empty(n, dtype=np.int64)
    place[columns] = np.arange(n)
    ties = np.empty(n, dtype=np.int64)
    ties[tie_order(n)] = np.arange(n)
    sorted_columns = _Columns(np.ascontiguousarray(right[columns].T), lengths[columns])

    def in_full(rows: Codes, room: _Room) -> None:
        hidden = _hidden(leave_out[rows], place) if leave_out is not None else None
        row, column, value = _survivors(left[rows], sorted_columns, k, hidden, room)
        item = columns[column]
        order = np.lexsort((ties[item], -value, row))
        row, item, value = row[order], item[order], value[order]
        rank = np.arange(len(row)) - np.searchsorted(row, row)
        kept = rank < k
        codes[rows[row[kept]], rank[kept]] = item[kept]
        found[rows[row[kept]], rank[kept]] = value[kept]

    def work(pieces: Iterator[Codes]) -> None:
        room = None
        for piece in pieces:
            rows = piece
            if rough is not None:
                hidden = None if leave_out is None else leave_out[piece]
                codes[piece], found[piece], left_open = rough.best(left[piece], k, hidden)
                rows = piece[left_open]
            if len(rows):
                room = room or _Room(min(TILE, len(left)), min(TILE_COLUMNS, n))
                in_full(rows, room)

    each = ROWS if rough is not None else TILE
    with side_by_side(alone=len(left) <= each) as threads:
        share(work, (np.arange(at, min(at + each, len(left))) for at in range(0, len(left), each)), threads)
    return codes, found


def _hidden(leave_out: Matrix, place: Codes) -> tuple[Codes, Codes]:
    """(rows, columns) of what is left out, in the order of the columns."""
    moved = (np.ones(leave_out.nnz, np.bool_), place[leave_out.indices], leave_out.indptr)
    turned = sparse.csr_array(moved, shape=leave_out.shape).tocsc()
    return turned.indices.astype(np.int64), np.repeat(np.arange(turned.shape[1]), np.diff(turned.indptr))


class _Columns(NamedTuple):
    """The second factor, (f, n), longest columns first, and an upper bound of the length of each."""

    turned: Floats
    lengths: Floats


def _lengths(rows: Floats) -> Floats:
    """An upper bound of the length of each row: a little more than what rounding can take away."""
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", rows, rows)) * np.float32(1 + 1e-4))


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
    left: Floats, right: _Columns, k: int, hidden: tuple[Codes, Codes] | None, room: _Room
) -> tuple[Codes, Codes, Floats]:
    """(row, column, value) of every product that may be among its row's ``k`` best: those of the k-th value and above.

    The k-th values are renewed whenever the columns seen have doubled, so each renewal meets about k new ones a row.
    Then rows leave that no later column can reach: |x . y| <= |x| |y|, and later columns are shorter.
    """
    batch, n = len(left), right.turned.shape[1]
    least = np.full((batch, 1), -np.finfo(np.float32).max, np.float32)  # -inf is never chosen
    rows, reached = np.arange(batch), least
    top = np.full((batch, k), -np.inf, np.float32)
    lengths = _lengths(left)[:, None]
    kept: list[tuple[Codes, Codes, Floats]] = []
    waiting: list[tuple[Codes, Codes, Floats]] = []
    start, renew = 0, 0
    while start < n and len(rows):
        stop = min(n, start + TILE_COLUMNS)
        tile = room.product(left, right.turned[:, start:stop])
        if hidden is not None:
            part = slice(*np.searchsorted(hidden[1], (start, stop)))
            tile[hidden[0][part], hidden[1][part] - start] = -np.inf
        if not start and stop > k:
            reached = np.maximum(reached, np.partition(tile, stop - k, axis=1)[:, stop - k : stop - k + 1])
        row, column = _true(room.reaching(tile, reached))
        waiting.append((row, column + start, tile[row, column]))
        if stop >= renew or stop == n:
            top = _renewed(top, waiting)
            least[rows] = reached = np.maximum(reached, top.min(axis=1, keepdims=True))
            kept += [(rows[row], column, value) for row, column, value in waiting]
            waiting, renew = [], 2 * stop
            going = (lengths * right.lengths[min(stop, n - 1)] >= reached)[:, 0]
            if not going.all():
                hidden = _still(hidden, going)
                rows, left, lengths, reached, top = (each[going] for each in (rows, left, lengths, reached, top))
        start = stop
    row, column, value = (np.concatenate(parts) for parts in zip(*kept, strict=True))
    final = value >= least[row, 0]
    return row[final], column[final], value[final]


def _still(hidden: tuple[Codes, Codes] | None, going: NDArray[np.bool_]) -> tuple[Codes, Codes] | None:
    """What is hidden in the rows that go on, by their new numbers."""
    if hidden is None:
        return None
    row, column = hidden
    stays = going[row]
    return (np.cumsum(going) - 1)[row[stays]], column[stays]


def _true(mask: NDArray[np.bool_]) -> tuple[Codes, Codes]:
    """`np.nonzero`, eight cells at a time where the width allows it: nearly all are false."""
    width = mask.shape[1]
    if width % 8:
        rows, columns = np.nonzero(mask)
        return rows, columns
    words = np.flatnonzero(mask.reshape(-1).view(np.uint64) != 0)  # of booleans it is quick, of whole numbers slow
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
