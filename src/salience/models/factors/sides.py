"""The sides of a matrix as the half-steps of a factorisation read them: blocks of rows, and sums of their weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.interactions import Matrix
from salience.models.factors.conjugate import Block, block, cut
from salience.models.factors.weighing import Weighing
from salience.models.model import Floats
from salience.models.threads import share

ENOUGH = 65_536  # entries that keep a thread busy for about a millisecond
PARTS = 8  # sums that are made side by side and then added


@dataclass(frozen=True, eq=False)
class Side:
    """One side of the matrix (people's rows or items' rows) and what its steps need again and again.

    ``rows`` with the ``excess`` e of each entry, or of all, (1,). ``total`` e_u of each row, (rows, 1), ``share`` of
    each column in the sum of all e, (columns, 1), ``threads`` as many as have work for a millisecond. ``turned`` the
    same entries by columns and their e.
    """

    weighing: Weighing
    rows: Matrix
    excess: Floats
    total: Floats
    share: Floats
    threads: int
    turned: tuple[Matrix, Floats]

    @classmethod
    def both(cls, by_user: Matrix, by_item: Matrix, weighing: Weighing, threads: int = 1) -> tuple[Side, Side]:
        """The sides of a matrix and of its transpose: the totals of one are the shares of the other."""
        threads = max(1, min(threads, by_user.nnz // ENOUGH))
        sides = by_user, by_item
        # of a set all entries have one e: it need not be kept for each
        one = np.array([weighing.alpha], np.float32)
        excess = [one if weighing.binary else weighing.excess(rows) for rows in sides]
        totals = [total(rows, e)[:, None] for rows, e in zip(sides, excess, strict=True)]
        whole = np.float32(max(float(totals[0].sum(dtype=np.float64)), 1e-12))
        return (
            cls(weighing, by_user, excess[0], totals[0], totals[1] / whole, threads, (by_item, excess[1])),
            cls(weighing, by_item, excess[1], totals[1], totals[0] / whole, threads, (by_user, excess[0])),
        )

    @cached_property
    def blocks(self) -> list[Block]:
        """The entries for `models.factors.conjugate`; the longest rows first, else a thread ends with them."""
        cuts = list(cut(np.diff(self.rows.indptr)))[::-1]
        found: list[Block | None] = [None] * len(cuts)

        def work(pieces: Iterator[tuple[int, NDArray[np.int64]]]) -> None:
            for place, chosen in pieces:
                found[place] = block(self.rows, self.excess, chosen)

        share(work, enumerate(cuts), self.threads)
        return [one for one in found if one is not None]

    def targets(self, fixed: Floats) -> Floats:
        """b of each row, (rows, k), reading the ``fixed`` factors (columns, k) in the order in which they lie."""
        turned, excess = self.turned
        pieces = list(even(turned, max(ENOUGH, turned.nnz // PARTS)))
        parts: dict[int, Floats] = {}

        def work(numbers: Iterator[int]) -> None:
            for number in numbers:
                piece = pieces[number]
                indptr = turned.indptr[piece.start : piece.stop + 1]
                begin, end = indptr[0], indptr[-1]
                weights = np.broadcast_to(1 + (excess if len(excess) == 1 else excess[begin:end]), end - begin)
                entries = weights.astype(np.float32), turned.indices[begin:end], indptr - begin  # columns not copied
                rows = sparse.csr_array(entries, shape=(piece.stop - piece.start, turned.shape[1]))
                parts[number] = rows.T @ fixed[piece]

        share(work, range(len(pieces)), self.threads)
        ordered = [parts[number] for number in sorted(parts)]  # so that the last bits do not depend on the threads
        return sum(ordered, np.zeros((len(self.total), fixed.shape[1]), np.float32))


def total(rows: Matrix, values: Floats) -> Floats:
    """The sum of the ``values`` of each row's entries, or of the one of all, (rows,)."""
    if len(values) == 1:
        return values * np.diff(rows.indptr).astype(np.float32)
    out = np.zeros(rows.shape[0], np.float32)
    for piece in even(rows):
        starts = rows.indptr[piece]
        some = np.flatnonzero(starts < rows.indptr[piece.start + 1 : piece.stop + 1])
        if len(some):
            own = values[starts[0] : rows.indptr[piece.stop]].astype(np.float64)
            out[piece.start + some] = np.add.reduceat(own, starts[some] - starts[0])
    return out


def even(rows: Matrix, entries: int | None = None) -> Iterator[slice]:
    """Consecutive rows that hold about so many ``entries`` together (`ENOUGH`)."""
    step = entries or ENOUGH
    cuts = np.searchsorted(rows.indptr, np.arange(step, rows.nnz, step), side="right") - 1
    edges = np.unique(np.concatenate(([0], cuts, [rows.shape[0]])))
    return (slice(start, stop) for start, stop in pairwise(edges.tolist()))
