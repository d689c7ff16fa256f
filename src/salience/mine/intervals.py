"""Intervals of shares: what so many of so many say about the share behind them."""

from __future__ import annotations

from math import sqrt

Z = 1.959963984540054
"""Of the normal distribution, for 95 %."""


def wilson(hits: float, of: float) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927); (0, 1) when nobody was asked.

    >>> [round(x, 3) for x in wilson(5, 10)]
    [0.237, 0.763]
    """
    if of <= 0:
        return 0.0, 1.0
    p, z2 = hits / of, Z * Z
    middle = (p + z2 / (2 * of)) / (1 + z2 / of)
    width = Z * sqrt(p * (1 - p) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return max(0.0, middle - width), min(1.0, middle + width)
