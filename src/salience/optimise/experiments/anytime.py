"""Look whenever you like, and stop whenever you like: confidence sequences.

With s = estimate / se^2 and information i = 1 / se^2, s is asymptotically a Brownian motion with drift theta in the
clock i (Waudby-Smith et al., *Time-uniform central limit theory*, 2021). For any mixing distribution G the process M(i)
= integral exp(u s - u^2 i / 2) dG(u) is a martingale under theta = 0 that starts at 1, so it ever reaches 1/alpha with
probability alpha at most (Ville). All theta that M does not reject are the confidence sequence.

**Open-ended** (`reach`): G is a mixture of two points at the planned effect, +-delta with 80 % of the mass, and of N(0,
tau^2) with the rest. delta = (z_{.975} + z_{.8}) / sqrt(i*) is the effect that a fixed test of N* units would find with
80 % power. The points give power where it was planned; the normal part lets the interval shrink for ever. The usual
normal mixture alone finds the planned effect within N* in 53 % of the runs; this one in 63 %.

**With a declared maximum** (`declared`): |B(t)| >= c for all t <= 1, P(max |B| >= c) = alpha by the reflection
principle, P(max |B| < c) = (4/pi) sum_k (-1)^k / (2k+1) exp(-pi^2 (2k+1)^2 / (8 c^2)). At t = n / N_max an estimate may
lie c / sqrt t standard errors away. Beyond the maximum nothing more may be concluded.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from salience.optimise.experiments.sums import Floats

POINTS = 0.8
"""The mass at the planned effect."""
SPREAD = 3.5
"""tau sqrt(i*), the scale of the rest. Neither was tuned on a data set: power is flat around both."""


def planned(alpha: float = 0.05, power: float = 0.8) -> float:
    """delta sqrt(i*): how many standard errors at N* the planned effect is away from 0."""
    return float(ndtri(1 - alpha / 2) + ndtri(power))


def evidence(z: Floats, fraction: Floats, alpha: float = 0.05) -> Floats:
    """log M for an estimate ``z`` standard errors from the hypothesis, at n = ``fraction`` N*.

    ``alpha`` only sets the planned effect. Reject once it is log(1/alpha) or more, at whatever time.
    """
    t = np.asarray(fraction, np.float64)
    x, d = np.abs(z) * np.sqrt(t), planned(alpha)
    inside = 1 + t * SPREAD**2
    normal = -0.5 * np.log(inside) + 0.5 * x**2 * SPREAD**2 / inside
    points = -0.5 * t * d**2 + d * x + np.log1p(np.exp(-2 * d * x)) - np.log(2)
    return np.asarray(np.logaddexp(np.log(POINTS) + points, np.log1p(-POINTS) + normal))


def reach(fraction: Floats, alpha: float = 0.05) -> Floats:
    """How many standard errors wide the open-ended sequence is at n = ``fraction`` N*: where log M = log(1/alpha).

    >>> reach(np.array([0.1, 0.5, 1.0, 10.0])).round(2).tolist()
    [3.99, 2.89, 2.76, 3.76]
    """
    t = np.asarray(fraction, np.float64)
    low, high = np.zeros_like(t), np.full_like(t, 2.0)
    goal = np.log(1 / alpha)
    while (evidence(high, t, alpha) < goal).any():
        high = high * 2
    for _ in range(60):  # halving: log M rises with |z|
        middle = (low + high) / 2
        over = evidence(middle, t, alpha) >= goal
        low, high = np.where(over, low, middle), np.where(over, middle, high)
    return high


def shrunken(z: Floats, fraction: Floats, alpha: float = 0.05) -> Floats:
    """The effect's posterior mean under G, in standard errors: what is left of an estimate that was stopped high.

    d log M / d s, times the standard error.
    """
    t = np.asarray(fraction, np.float64)
    x, d = np.asarray(z) * np.sqrt(t), planned(alpha)
    inside = 1 + t * SPREAD**2
    normal = -0.5 * np.log(inside) + 0.5 * x**2 * SPREAD**2 / inside
    size = np.abs(d * x)
    points = -0.5 * t * d**2 + size + np.log1p(np.exp(-2 * size)) - np.log(2)
    top = np.logaddexp(np.log(POINTS) + points, np.log1p(-POINTS) + normal)
    share = np.exp(np.log(POINTS) + points - top)
    return np.asarray(np.sqrt(t) * (share * d * np.tanh(d * x) + (1 - share) * x * SPREAD**2 / inside))


def ever(level: float) -> float:
    """P(max of |B| over [0, 1] >= level). Two series for one number: one converges for low levels, one for high ones.

    >>> round(ever(2.2414), 4), ever(0.0)
    (0.05, 1.0)
    """
    if level <= 0:
        return 1.0
    k = np.arange(30)
    sign, odd = (-1.0) ** k, 2 * k + 1
    if level > 1:
        return float(4 * (sign * ndtr(-odd * level)).sum())
    return float(1 - 4 / np.pi * (sign / odd * np.exp(-((np.pi * odd) ** 2) / (8 * level**2))).sum())


@lru_cache(maxsize=32)
def ceiling(alpha: float = 0.05) -> float:
    """c with P(max of |B| over [0, 1] >= c) = alpha.

    >>> round(ceiling(0.05), 4)
    2.2414
    """
    return float(brentq(lambda c: ever(c) - alpha, 0.0, 9.0, xtol=1e-12))


def declared(fraction: Floats, alpha: float = 0.05) -> Floats:
    """How many standard errors wide the sequence with a declared maximum is; infinite beyond it."""
    t = np.asarray(fraction, np.float64)
    return np.where((t <= 1) & (t > 0), ceiling(alpha) / np.sqrt(np.maximum(t, 1e-300)), np.inf)
