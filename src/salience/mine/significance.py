"""Chance in counts: the exact tail of the hypergeometric distribution, and false discoveries among many tests."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

_NEGLIGIBLE = 1e-17
"""A term below this share of the sum no longer changes a float64."""


def hypergeometric_tail(both: Counts, left: Counts, right: Counts, n: int) -> Floats:
    """P(X >= both), where X of the ``left`` baskets hold an item that ``right`` of all ``n`` hold. Elementwise.

    Fisher's exact test, one-sided. The terms are summed away from the mean, where they fall: upwards from ``both``
    above the mean, else downwards from ``both - 1``, and that sum is taken from 1.

    >>> hypergeometric_tail(np.array([2]), np.array([2]), np.array([3]), 4).round(12).tolist()  # C(3,2) C(1,0) / C(4,2)
    [0.5]
    """
    x, a, b = (np.asarray(c, np.float64) for c in (both, left, right))
    above = x * n >= a * b
    tail = np.empty(len(x))
    tail[above] = _sum(x[above], a[above], b[above], float(n), up=True)
    tail[~above] = 1 - _sum(x[~above] - 1, a[~above], b[~above], float(n), up=False)
    return tail.clip(0, 1)


def _sum(x: Floats, a: Floats, b: Floats, n: float, *, up: bool) -> Floats:
    """The sum of P(X = x), P(X = x +- 1), ...; the first by log-gamma, each next one by the ratio of neighbours.

    P(x + 1) / P(x) = (a - x)(b - x) / ((x + 1)(n - a - b + x + 1)).
    """
    possible = (x >= np.maximum(0, a + b - n)) & (x <= np.minimum(a, b))
    term = np.where(possible, np.exp(_log_probability(np.where(possible, x, np.minimum(a, b)), a, b, n)), 0.0)
    total = term.copy()
    live = np.flatnonzero(term > 0)
    while len(live):
        at, left, right = x[live], a[live], b[live]
        if up:
            ratio = (left - at) * (right - at) / ((at + 1) * (n - left - right + at + 1))
            x[live] += 1
        else:
            ratio = at * (n - left - right + at) / ((left - at + 1) * (right - at + 1))
            x[live] -= 1
        term[live] *= ratio
        total[live] += term[live]
        live = live[term[live] > _NEGLIGIBLE * total[live]]
    return total


def _log_probability(x: Floats, a: Floats, b: Floats, n: float) -> Floats:
    return _log_choose(b, x) + _log_choose(n - b, a - x) - _log_choose(np.float64(n), a)


def _log_choose(n: Floats | np.float64, k: Floats) -> Floats:
    chosen: Floats = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return chosen


def false_discovery(p: Floats) -> Floats:
    """Adjusted p-values (Benjamini & Hochberg 1995): calling those below x discoveries, a share of x is expected false.

    >>> false_discovery(np.array([0.01, 0.04, 0.03, 0.5])).round(4).tolist()
    [0.04, 0.0533, 0.0533, 0.5]
    """
    order = np.argsort(-p, kind="stable")
    scaled = p[order] * len(p) / np.arange(len(p), 0, -1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum.accumulate(scaled)
    return adjusted.clip(max=1)
