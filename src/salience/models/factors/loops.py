"""What Numba compiles for `models.factors.compiled`, the only one to import this file: it needs the `fast` extra.

The equations are those of `models.factors.conjugate`, for one row after another.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

# sums may be made in another order, so that eight floats are added at once; NaN and infinity keep their meaning
LOOSE = {"reassoc", "contract", "nsz"}
ZERO, ONE, TINY = np.float32(0), np.float32(1), np.float32(1e-30)


@njit(nogil=True, cache=True, fastmath=LOOSE)
def add(
    first: int, last: int, columns: Any, excess: Any, each: int, F: Any, v: Any, out: Any, shift: Any, slope: Any
) -> None:
    """out += sum (shift (1 + e) + slope e f'v) f over entries first to last. Four at once: v and out are read once."""
    k = F.shape[1]
    for entry in range(first, last, 4):
        b, c, d = min(entry + 1, last - 1), min(entry + 2, last - 1), min(entry + 3, last - 1)
        f0, f1, f2, f3 = F[columns[entry]], F[columns[b]], F[columns[c]], F[columns[d]]
        w0 = w1 = w2 = w3 = ZERO
        if slope != ZERO:
            for i in range(k):
                w0 += f0[i] * v[i]
                w1 += f1[i] * v[i]
                w2 += f2[i] * v[i]
                w3 += f3[i] * v[i]
        e0, e1, e2, e3 = excess[entry * each], excess[b * each], excess[c * each], excess[d * each]
        w0 = shift * (ONE + e0) + slope * e0 * w0
        w1 = shift * (ONE + e1) + slope * e1 * w1 if entry + 1 < last else ZERO
        w2 = shift * (ONE + e2) + slope * e2 * w2 if entry + 2 < last else ZERO
        w3 = shift * (ONE + e3) + slope * e3 * w3 if entry + 3 < last else ZERO
        for i in range(k):
            out[i] += w0 * f0[i] + w1 * f1[i] + w2 * f2[i] + w3 * f3[i]


@njit(nogil=True, cache=True, fastmath=LOOSE)
def own(x: Any, spread: Any, ridge: Any, sign: Any, out: Any) -> None:
    """out = sign (x + spread ridge x), what does not depend on the entries."""
    for i in range(len(x)):
        out[i] = sign * x[i]
    for i in range(len(ridge)):
        weight = sign * spread * x[i]
        for j in range(len(x)):
            out[j] += weight * ridge[i, j]


@njit(nogil=True, cache=True, fastmath=LOOSE)
def targets(first: int, last: int, indptr: Any, columns: Any, excess: Any, each: int, factors: Any, found: Any) -> None:
    """b of rows first to last."""
    for row in range(first, last):
        add(indptr[row], indptr[row + 1], columns, excess, each, factors, found[row], found[row], ONE, ZERO)


@njit(nogil=True, cache=True, fastmath=LOOSE)
def improve(
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
    """Preconditioned conjugate gradients on rows first to last."""
    k = factors.shape[1]
    r, p, q = np.empty(k, np.float32), np.empty(k, np.float32), np.empty(k, np.float32)
    for row in range(first, last):
        x, spread, begin, end = found[row], total[row], indptr[row], indptr[row + 1]
        own(x, spread, ridge, -ONE, r)
        add(begin, end, columns, excess, each, factors, x, r, ONE, -ONE)
        along = ZERO
        for i in range(k):
            p[i] = r[i] / (ONE + spread * g[i])
            along += r[i] * p[i]
        for left in range(directions - 1, -1, -1):
            own(p, spread, ridge, ONE, q)
            add(begin, end, columns, excess, each, factors, p, q, ZERO, ONE)
            curve = ZERO
            for i in range(k):
                curve += p[i] * q[i]
            step = along / max(curve, TINY)
            for i in range(k):
                x[i] += step * p[i]
            if left:
                before, along = along, ZERO
                for i in range(k):
                    r[i] -= step * q[i]
                    q[i] = r[i] / (ONE + spread * g[i])
                    along += r[i] * q[i]
                for i in range(k):
                    p[i] = q[i] + along / max(before, TINY) * p[i]


@njit(nogil=True, cache=True, fastmath=LOOSE)
def scatter(
    first: int,
    last: int,
    indptr: Any,
    columns: Any,
    excess: Any,
    each: int,
    factors: Any,
    v: Any,
    out: Any,
    shift: Any,
    slope: Any,
) -> None:
    """out_c += (shift (1 + e) + slope e f'v_c) f over the entries (f, c) of rows first to last of the other side."""
    k = factors.shape[1]
    for row in range(first, last):
        f = factors[row]
        for entry in range(indptr[row], indptr[row + 1]):
            e, near, to = excess[entry * each], v[columns[entry]], out[columns[entry]]
            weight = ZERO
            if slope != ZERO:
                for i in range(k):
                    weight += f[i] * near[i]
            weight = shift * (ONE + e) + slope * e * weight
            for i in range(k):
                to[i] += weight * f[i]
