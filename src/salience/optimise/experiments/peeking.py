"""A simulated world for looking often: many experiments at once, each looked at many times, judged by every rule.

Each run draws ``units`` an arm in equal steps, from a rate (binomial) or from skewed spending (5 % buyers, lognormal),
and keeps the z of every look. So every rule can be asked how often it calls a winner where there is none, and how soon
where there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from salience.optimise.experiments import anytime, spending
from salience.optimise.experiments.sums import Floats

BUYERS, LOG_MEAN, LOG_SD = 0.05, 3.0, 1.5


@dataclass(frozen=True)
class Looks:
    """``z``: (runs, looks); ``fractions``: (looks,) of the planned number of units."""

    z: Floats
    fractions: Floats


@dataclass(frozen=True)
class Called:
    """The share of runs in which a rule called a difference, at which look, and the mean share of the plan used."""

    share: float
    first: NDArray[np.int64]
    used: float
    runs: int


def detectable(rate: float, units: int, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """The increase of a rate that a fixed test of ``units`` an arm finds with this power."""
    wanted = anytime.planned(alpha, power)

    def gap(more: float) -> float:
        other = rate + more
        return float(more / np.sqrt((rate * (1 - rate) + other * (1 - other)) / units) - wanted)

    return float(brentq(gap, 1e-9, 1 - rate - 1e-9))


def rates(
    runs: int, *, rate: float = 0.1, more: float = 0.0, units: int = 10_000, looks: int = 200, overrun: float = 1.0,
    seed: int = 0,
) -> Looks:  # fmt: skip
    """Two arms with rates ``rate`` and ``rate + more``. ``overrun``: how many times ``units`` are drawn in the end."""
    rng = np.random.default_rng(seed)
    step = round(units * overrun / looks)
    n = step * np.arange(1, looks + 1)
    a = rng.binomial(step, rate, (runs, looks)).cumsum(1) / n
    b = rng.binomial(step, rate + more, (runs, looks)).cumsum(1) / n
    variance = (a * (1 - a) + b * (1 - b)) / np.maximum(n - 1, 1)
    return Looks(_z(b - a, variance), n / units)


def spendings(runs: int, *, units: int = 10_000, looks: int = 200, seed: int = 0) -> Looks:
    """Two arms of the same skewed revenue: most units buy nothing, a few buy a lot."""
    rng = np.random.default_rng(seed)
    step = units // looks
    n = step * np.arange(1, looks + 1)
    sums = []
    for _ in range(2):
        total, squares = np.empty((runs, looks)), np.empty((runs, looks))
        for at in range(looks):  # a look at a time: all units of all runs would not fit into memory
            bought = rng.binomial(step, BUYERS, runs)
            spent = rng.lognormal(LOG_MEAN, LOG_SD, bought.sum())
            whose = np.repeat(np.arange(runs), bought)
            total[:, at] = np.bincount(whose, spent, runs)
            squares[:, at] = np.bincount(whose, spent**2, runs)
        mean = total.cumsum(1) / n
        sums.append((mean, (squares.cumsum(1) / n - mean**2) / np.maximum(n - 1, 1)))
    (a, va), (b, vb) = sums
    return Looks(_z(b - a, va + vb), n / units)


def _z(difference: Floats, variance: Floats) -> Floats:
    se = np.sqrt(np.maximum(variance, 0))
    return np.divide(difference, se, out=np.zeros_like(se), where=se > 0)


Rule = Callable[[Floats], Floats]
"""(looks,) fractions -> (looks,) the |z| from which on a difference is called."""


def _every_look(fractions: Floats) -> Floats:
    return np.full(len(fractions), 1.959963984540054)


def _sequential(fractions: Floats) -> Floats:
    return np.array(spending.bounds(tuple(fractions.tolist())))


RULES: Mapping[str, Rule] = {
    "p < 0.05 at every look": _every_look,
    "sequential, planned N": _sequential,
    "declared maximum": anytime.declared,
    "anytime, open-ended": anytime.reach,
}


def called(looks: Looks, rule: Rule) -> Called:
    """How a rule does on these runs; a run without a call used the whole plan."""
    over = np.abs(looks.z) >= rule(looks.fractions)
    ever = np.asarray(over.any(axis=1), np.bool_)
    first = np.where(ever, over.argmax(axis=1), -1)
    used = np.where(ever, looks.fractions[first], looks.fractions[-1])
    return Called(float(ever.mean()), first, float(used.mean()), len(looks.z))
