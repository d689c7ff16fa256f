"""The passes of `models.factors.blockwise` as loops that Numba compiles (the `fast` extra): an entry's factors are read
once for both products, f'p and e (f'p) f, while they are in the registers, and no block has to be gathered.

For training alone: whoever serves folds in with the exact solver, and does not load a compiler.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib.util import find_spec
from typing import Any, cast

import numpy as np

from salience.models.factors.sides import Side, even
from salience.models.model import Floats
from salience.models.threads import share

Loop = Callable[..., None]
# sums may be made in another order, so that eight floats are added at once; NaN and infinity keep their meaning
LOOSE = {"reassoc", "contract", "nsz"}


@lru_cache(maxsize=1)
def there() -> bool:
    """Whether the extra is installed."""
    return find_spec("numba") is not None


@lru_cache(maxsize=2)
def _machine(loop: Loop) -> Loop:
    """The loop in machine code, kept on disk for the next process where that can be written."""
    from numba import njit

    try:
        return cast("Loop", njit(nogil=True, cache=True, fastmath=LOOSE)(loop))
    except RuntimeError:  # no folder to keep it in
        return cast("Loop", njit(nogil=True, fastmath=LOOSE)(loop))


def targets(side: Side, factors: Floats) -> Floats:
    """See `models.factors.blockwise.targets`."""
    found = np.zeros((len(side.total), factors.shape[1]), np.float32)
    _over_rows(side, _sum_rows, factors, found)
    return found


def improve(side: Side, factors: Floats, x: Floats, ridge: Floats | None, g: Floats, directions: int) -> None:
    """See `models.factors.blockwise.improve`."""
    none = np.zeros((0, 0), np.float32)
    _over_rows(side, _improve_rows, factors, x, side.total[:, 0], none if ridge is None else ridge, g, directions)


def _over_rows(side: Side, loop: Loop, *rest: Any) -> None:
    run, rows = _machine(loop), side.rows
    each = np.intp(len(side.excess) > 1)  # how far the excess of the next entry lies from this one's

    def work(pieces: Iterator[slice]) -> None:
        for piece in pieces:
            run(piece.start, piece.stop, rows.indptr, rows.indices, side.excess, each, *rest)

    share(work, even(rows), side.threads)


def _sum_rows(
    first: int, last: int, indptr: Any, columns: Any, excess: Any, each: int, factors: Any, found: Any
) -> None:
    k = factors.shape[1]
    for row in range(first, last):
        for entry in range(indptr[row], indptr[row + 1]):
            f, c = factors[columns[entry]], np.float32(1) + excess[entry * each]
            for i in range(k):
                found[row, i] += c * f[i]


def _improve_rows(  # noqa: C901 - loops over k, written out
    first: int,
    last: int,
    indptr: Any,
    columns: Any,
    excess: Any,
    each: int,
    factors: Any,
    found: Any,
    total: Any,
    ridge: Any,
    g: Any,
    directions: int,
) -> None:
    one, tiny, k = np.float32(1), np.float32(1e-30), factors.shape[1]
    x, r, p, q = np.empty(k, np.float32), np.empty(k, np.float32), np.empty(k, np.float32), np.empty(k, np.float32)
    for row in range(first, last):
        spread = total[row]
        for i in range(k):
            x[i] = found[row, i]
            r[i] = -x[i]
        for i in range(len(ridge)):
            for j in range(k):
                r[j] -= spread * x[i] * ridge[i, j]
        for entry in range(indptr[row], indptr[row + 1]):  # r = sum ((1 + e) - e f'x) f - x - e_u ridge x
            f, e, inner = factors[columns[entry]], excess[entry * each], np.float32(0)
            for i in range(k):
                inner += f[i] * x[i]
            weight = one + e - e * inner
            for i in range(k):
                r[i] += weight * f[i]
        along = np.float32(0)
        for i in range(k):
            p[i] = r[i] / (one + spread * g[i])
            along += r[i] * p[i]
        for left in range(directions - 1, -1, -1):
            for i in range(k):
                q[i] = p[i]
            for i in range(len(ridge)):
                for j in range(k):
                    q[j] += spread * p[i] * ridge[i, j]
            for entry in range(indptr[row], indptr[row + 1]):  # q = p + e_u ridge p + sum e (f'p) f
                f, inner = factors[columns[entry]], np.float32(0)
                for i in range(k):
                    inner += f[i] * p[i]
                weight = excess[entry * each] * inner
                for i in range(k):
                    q[i] += weight * f[i]
            curve = np.float32(0)
            for i in range(k):
                curve += p[i] * q[i]
            step = along / max(curve, tiny)
            for i in range(k):
                x[i] += step * p[i]
            if left:
                before, along = along, np.float32(0)
                for i in range(k):
                    r[i] -= step * q[i]
                    q[i] = r[i] / (one + spread * g[i])
                    along += r[i] * q[i]
                turn = along / max(before, tiny)
                for i in range(k):
                    p[i] = q[i] + turn * p[i]
        for i in range(k):
            found[row, i] = x[i]
