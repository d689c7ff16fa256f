"""95 % intervals of a mean of independent terms, for terms that are skewed and heavy-tailed, as weighted ones are.

With v the mean, s its standard error, g the skewness and k the kurtosis of the n terms:

a    = g / sqrt(n)
t(x) = 3 / a ((1 + a (x - a / 6))^(1/3) - 1)      the inverse of Hall's cubic: t = (v - mu) / s has nearly the
       distribution of t(x) where x is normal     (Hall, On the removal of skewness by transformation, JRSS B 1992)
x    = the quantile of Student's t with 2 n / (k - 1) degrees of freedom: s^2 itself varies by (k - 1) / n, which is
       as much as that of so many normal terms    (Satterthwaite 1946)

The interval is v - s t(x) to v - s t(-x): longer on the side where a large weight may not have been seen yet. For
terms without skew and with normal tails it is the usual one.
"""

from __future__ import annotations

import numpy as np
from scipy.special import stdtrit

from salience.optimise.ope.log import Estimate, Floats

LEAST = 2.0
"""Degrees of freedom when one term carries all of the spread."""


def mean(name: str, terms: Floats, settings: dict[str, float] | None = None) -> Estimate:
    """The mean of independent terms."""
    return estimate(name, float(terms.mean()), terms, settings)


def estimate(name: str, value: float, terms: Floats, settings: dict[str, float] | None = None) -> Estimate:
    """``value``, of which ``terms`` tell the spread."""
    low, high, error = interval(value, terms)
    return Estimate(name, value, low, high, error, settings or {})


def interval(value: float, terms: Floats) -> tuple[float, float, float]:
    """(low, high, standard error) of ``value``, the mean of ``terms`` up to what is left out of the spread.

    >>> low, high, error = interval(0.5, np.tile([0.0, 1.0], 5000))
    >>> round((high - low) / error / 2, 3)
    1.96
    """
    n = len(terms)
    off = terms - terms.mean()
    variance = float(off @ off) / n
    error = float(np.sqrt(variance / (n - 1)))
    if error <= 1e-14 * max(1.0, abs(value)):
        return value, value, error
    unit = off / np.sqrt(variance)
    square = unit * unit
    skewness, kurtosis = float(square @ unit) / n, float(square @ square) / n
    x = float(stdtrit(max(2 * n / max(kurtosis - 1, 1e-9), LEAST), 0.975))
    a = skewness / np.sqrt(n)
    return value - error * _skewed(x, a), value - error * _skewed(-x, a), error


def _skewed(x: float, a: float) -> float:
    if abs(a) < 1e-6:
        return x
    return float(3 / a * (np.cbrt(1 + a * (x - a / 6)) - 1))
