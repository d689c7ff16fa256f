"""Which model of buying foresees best on this log: BG/NBD, Pareto/NBD, or the mean of both.

They tell the same story and differ in when a customer may leave: after a purchase, or at any time. Which is nearer to
the truth differs from shop to shop, so the last third of the known days is held back, each model is fitted on the days
before it, and the one with the smallest Poisson deviance of what came, 2 (mu - y + y ln(y / mu)) a customer, is fitted
again on everything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from salience.mine import bgnbd, paretonbd
from salience.mine.purchases import WEEK, Purchases, Summary

Floats = NDArray[np.float64]
LEAST = 100
"""Customers known before the last third, under which BG/NBD is taken unseen."""


SAME = 1e-6
"""Relative difference of deviances that is none: where nobody leaves, both models are one, and BG/NBD is named."""


class Buying(Protocol):
    """A fitted model of buying."""

    def expected(self, of: Summary, weeks: float) -> Floats:
        """(customers,) purchases in the next ``weeks``, given the past."""
        ...

    def alive(self, of: Summary) -> Floats:
        """(customers,) chance to be still a customer."""
        ...


@dataclass(frozen=True)
class Mean:
    """The plain mean of several models."""

    models: tuple[Buying, ...]

    def expected(self, of: Summary, weeks: float) -> Floats:
        """See `Buying`."""
        return np.asarray(np.mean([model.expected(of, weeks) for model in self.models], axis=0))

    def alive(self, of: Summary) -> Floats:
        """See `Buying`."""
        return np.asarray(np.mean([model.alive(of) for model in self.models], axis=0))


Fit = Callable[[Summary], Buying]
BGNBD, MEAN = "BG/NBD", "mean of BG/NBD and Pareto/NBD"
FITS: Mapping[str, Fit] = {
    BGNBD: bgnbd.fit,
    "Pareto/NBD": paretonbd.fit,
    MEAN: lambda of: Mean((bgnbd.fit(of), paretonbd.fit(of))),
}


@dataclass(frozen=True)
class Choice:
    """``name`` of `FITS`; ``deviance`` a customer of each on the last ``weeks`` of the known days, empty where they
    were too few to choose by."""

    name: str
    weeks: float
    deviance: Mapping[str, float]

    @property
    def fit(self) -> Fit:
        """How the chosen one is fitted."""
        return FITS[self.name]


def choose(known: Purchases, day: int) -> Choice:
    """By what is known at the end of ``day`` alone."""
    first = int(known.days.min())
    cut = day - (day - first) // 3
    weeks = (day - cut) / WEEK
    past = known.until(cut)
    came, _ = known.bought(past.codes, cut, day)
    if len(past.codes) < LEAST or not (past.frequency > 0).any() or not came.any():
        return Choice(BGNBD, weeks, {})
    one, other = bgnbd.fit(past), paretonbd.fit(past)
    models: dict[str, Buying] = dict(zip(FITS, (one, other, Mean((one, other))), strict=True))
    found = {name: float(deviance(model.expected(past, weeks), came).mean()) for name, model in models.items()}
    least = min(found.values())
    return Choice(next(name for name in FITS if found[name] <= least * (1 + SAME)), weeks, found)


def deviance(expected: Floats, came: Floats) -> Floats:
    """(customers,) of Poisson counts.

    >>> deviance(np.array([1.0, 2.0]), np.array([1.0, 0.0])).tolist()
    [0.0, 4.0]
    """
    mean = np.maximum(expected, 1e-9)
    return np.asarray(2 * (mean - came + came * np.log(np.maximum(came, 1e-300) / mean) * (came > 0)))
