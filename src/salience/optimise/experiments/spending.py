"""Group-sequential bounds by alpha spending: look often, and still reject a true null hypothesis 5 % of the time.

By the information fraction t = n / N the two sides together may have spent (Lan, DeMets, Biometrika 1983, in the shape
of O'Brien and Fleming)

    alpha(t) = 4 (1 - Phi(z_{1 - alpha/4} / sqrt t)),   alpha(t >= 1) = alpha.

At each look the bound is the |z| whose crossing for the first time has just the probability that may be spent since the
last one. These probabilities come from the recursion of Armitage, McPherson and Rowe (1969) on B(t) = z sqrt t, whose
increments are independent: f_k(x) = integral of f_{k-1}(u) phi((x - u)/sqrt dt)/sqrt dt du over what goes on, by
Gauss-Legendre quadrature.

**Overrun.** At the first look at or beyond N everything is spent; whatever N was guessed to be, a later look may reject
nothing that was not rejected before. So an experiment that runs over cannot exceed alpha.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from salience.optimise.experiments.sums import Floats

NODES = 160
WIDE = 9.0
"""Standard deviations beyond which a normal variable does not go."""
LEAST = 1e-13
"""Probabilities below this are not spent."""


def spent(fraction: float, alpha: float = 0.05) -> float:
    """alpha(t), both sides together.

    >>> round(spent(0.5), 4), spent(1.0), spent(1.2)
    (0.0031, 0.05, 0.05)
    """
    if fraction >= 1:
        return alpha
    return float(4 * ndtr(-ndtri(1 - alpha / 4) / np.sqrt(fraction)))


@lru_cache(maxsize=64)
def bounds(fractions: tuple[float, ...], alpha: float = 0.05) -> tuple[float, ...]:
    """|z| at each look from which on the null hypothesis is rejected; infinite where nothing may be spent.

    ``fractions``: increasing information fractions of the looks, as they came. Any numbers will do, and a later look
    does not change an earlier bound.

    >>> [round(z, 3) for z in bounds((0.25, 0.5, 0.75, 1.0))]
    [4.333, 2.963, 2.359, 2.014]
    """
    found: list[float] = []
    before, walk = 0.0, Walk()
    for t in fractions:
        due, before = spent(t, alpha) - before, max(before, spent(t, alpha))
        found.append(walk.bound(t, due))
        walk.look(t, found[-1])
    return tuple(found)


class Walk:
    """B(t) as far as it goes on: the density at the last look, on the nodes of a quadrature over what was not stopped.

    ``drift``: the mean of B(1); 0 under the null hypothesis.
    """

    def __init__(self, drift: float = 0.0) -> None:
        self.drift, self.t = drift, 0.0
        self._x, self._mass = np.zeros(1), np.ones(1)

    def _tail(self, t: float, level: float) -> float:
        """P(B(t) >= level, not stopped before)."""
        step = t - self.t
        return float(self._mass @ ndtr((self._x + self.drift * step - level) / np.sqrt(step)))

    def bound(self, t: float, due: float) -> float:
        """The |z| at ``t`` that is crossed, on either side and for the first time, with probability ``due``."""
        if due <= LEAST or t <= self.t:
            return np.inf
        root = np.sqrt(t)
        if 2 * self._tail(t, 0.0) <= due:
            return 0.0
        return float(brentq(lambda z: 2 * self._tail(t, z * root) - due, 0.0, WIDE, xtol=1e-10))

    def look(self, t: float, bound: float) -> tuple[float, float]:
        """Go on to a look at ``t``: (probability to stop there above the bound, below it)."""
        step, root = t - self.t, np.sqrt(t)
        if step <= 0:
            return 0.0, 0.0
        level = bound * root
        up = self._tail(t, level) if np.isfinite(bound) else 0.0
        down = self._below(step, -level) if np.isfinite(bound) else 0.0
        middle = self.drift * t
        low, high = max(-level, middle - WIDE * root), min(level, middle + WIDE * root)
        if low >= high:
            self._x, self._mass, self.t = np.zeros(1), np.zeros(1), t
            return up, down
        nodes, weights = _gauss()
        x = low + (high - low) * (nodes + 1) / 2
        sd = np.sqrt(step)
        density = np.exp(-0.5 * ((x[:, None] - self._x[None, :] - self.drift * step) / sd) ** 2) @ self._mass
        self._mass = density / (sd * np.sqrt(2 * np.pi)) * weights * (high - low) / 2
        self._x, self.t = x, t
        return up, down

    def _below(self, step: float, level: float) -> float:
        return float(self._mass @ ndtr((level - self._x - self.drift * step) / np.sqrt(step)))

    def above(self, t: float, level: float) -> float:
        """P(B(t) >= level, not stopped before): what `stopped` integrates up to the value that was seen."""
        return self._tail(t, level) if t > self.t else float(self._mass[self._x >= level].sum())


def power(fractions: tuple[float, ...], limits: tuple[float, ...], drift: float) -> tuple[float, float]:
    """(the probability to cross either bound, the mean fraction at which it ends) when B(1) has the mean ``drift``."""
    walk, crossed, mean = Walk(drift), 0.0, 0.0
    for t, limit in zip(fractions, limits, strict=True):
        stopped = sum(walk.look(t, limit))
        crossed, mean = crossed + stopped, mean + stopped * t
    return crossed, mean + (1 - crossed) * fractions[-1]


@lru_cache(maxsize=1)
def _gauss() -> tuple[Floats, Floats]:
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return nodes, weights
