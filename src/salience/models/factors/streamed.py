"""The passes of a half-step over all entries in the order of the other side, compiled by Numba (the `fast` extra).

Where the fixed factors are many, jumping about in them costs more than all sums. Read in the order in which they lie,
each is fetched once, and what jumps about are the few rows that are solved for, which stay in the cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from salience.models.factors.conjugate import descend
from salience.models.factors.sides import ENOUGH, PARTS, Side, even
from salience.models.model import Floats
from salience.models.threads import share


def targets(side: Side, factors: Floats) -> Floats:
    """See `models.factors.blockwise.targets`."""
    return _Sums(side, factors).targets()


def improve(side: Side, factors: Floats, x: Floats, ridge: Floats | None, g: Floats, directions: int) -> None:
    """See `models.factors.blockwise.improve`; all rows take each step together."""
    x[:] = descend(_Sums(side, factors), x, side.total, ridge, np.float32(1) / (1 + side.total * g), directions)


class _Sums:
    """The sums of `models.factors.conjugate.Gathered`, for all rows."""

    def __init__(self, side: Side, factors: Floats) -> None:
        self._side, self._factors = side, factors

    def targets(self) -> Floats:
        """b, (rows, k)."""
        return self._added(np.zeros((len(self._side.total), self._factors.shape[1]), np.float32), 1, 0)

    def misfit(self, x: Floats) -> Floats:
        """sum ((1 + e) - e f'x) f, (rows, k)."""
        return self._added(x, 1, -1)

    def times(self, p: Floats) -> Floats:
        """sum e (f'p) f, (rows, k)."""
        return self._added(p, 0, 1)

    def _added(self, v: Floats, shift: float, slope: float) -> Floats:
        from salience.models.factors import loops

        turned, excess = self._side.turned
        each = np.intp(len(excess) > 1)
        pieces = list(even(turned, max(ENOUGH, turned.nnz // PARTS)))
        parts = np.zeros((len(pieces), *v.shape), np.float32)

        def work(numbers: Iterator[int]) -> None:
            for number in numbers:
                piece = pieces[number]
                rest: Any = excess, each, self._factors, v, parts[number], np.float32(shift), np.float32(slope)
                loops.scatter(piece.start, piece.stop, turned.indptr, turned.indices, *rest)

        share(work, range(len(pieces)), self._side.threads)
        return np.asarray(parts.sum(axis=0))  # in one order, so that the last bits do not depend on the threads
