"""Has a distribution moved? The population stability index, and a test for shares, both with what chance alone does.

    PSI = sum over bins of (p - q) ln(p / q)

Credit scoring calls less than 0.1 stable and more than 0.25 a shift (Siddiqi 2006). Two samples of one distribution
already give about (bins - 1) (1 / n + 1 / m) (Yurdakul & Naranjo 2020), so that much is taken off first: few events
would otherwise always look like a shift.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import erfc, log, sqrt

WATCH, SHIFT = 0.1, 0.25
"""PSI from which a change is worth a look, and from which models should not be trusted."""


def stability(before: Mapping[str, int], now: Mapping[str, int]) -> float:
    """PSI of the counts ``now`` against ``before``, less what chance gives; 0 where one of them is empty.

    A bin that one side lacks counts as half an event there (Jeffreys), not as infinity.

    >>> stability({"a": 500, "b": 500}, {"a": 490, "b": 510})
    0.0
    >>> round(stability({"a": 900, "b": 100}, {"a": 500, "b": 500}), 2)
    0.87
    """
    bins = [name for name in sorted({*before, *now}) if before.get(name, 0) or now.get(name, 0)]
    n, m = sum(before.values()), sum(now.values())
    if not n or not m or len(bins) < 2:
        return 0.0
    half = 0.5 * len(bins)
    total = 0.0
    for name in bins:
        p, q = (now.get(name, 0) + 0.5) / (m + half), (before.get(name, 0) + 0.5) / (n + half)
        total += (p - q) * log(p / q)
    return max(0.0, total - (len(bins) - 1) * (1 / n + 1 / m))


def share_moved(before: int, of_before: int, now: int, of_now: int) -> float:
    """p-value of the two-sided test that two shares are one (normal approximation, pooled); 1 where nothing is known.

    >>> share_moved(10, 1000, 10, 1000), share_moved(10, 1000, 100, 1000) < 1e-6
    (1.0, True)
    """
    if not of_before or not of_now:
        return 1.0
    pooled = (before + now) / (of_before + of_now)
    spread = sqrt(pooled * (1 - pooled) * (1 / of_before + 1 / of_now))
    if spread == 0:
        return 1.0
    return erfc(abs(now / of_now - before / of_before) / spread / sqrt(2))
