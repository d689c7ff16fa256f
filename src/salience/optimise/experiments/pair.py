"""One metric in two arms, reduced to what every judgement needs: two values, their variances, their covariance.

Means, ratios, quantiles and adjusted means all become a `Pair`; intervals, relative lifts, sequential bounds and
guardrails are written once, for pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from salience.optimise.experiments.sums import Floats, Sums


@dataclass(frozen=True)
class Pair:
    """``var_*``: squared standard errors of the values (not of one unit). ``df``: degrees of freedom (Welch)."""

    control: Floats
    treated: Floats
    var_control: Floats
    var_treated: Floats
    cov: Floats
    df: Floats

    @property
    def difference(self) -> Floats:
        """Treated minus control."""
        return np.asarray(self.treated - self.control)

    @property
    def variance(self) -> Floats:
        """Of the difference."""
        return np.asarray(np.maximum(self.var_control + self.var_treated - 2 * self.cov, 0.0))

    @property
    def se(self) -> Floats:
        """The standard error of the difference."""
        return np.sqrt(self.variance)

    @property
    def z(self) -> Floats:
        """Difference over its standard error; 0 where nothing varies yet."""
        se = self.se
        return np.asarray(np.divide(self.difference, se, out=np.zeros_like(se), where=se > 0))

    def p_value(self) -> Floats:
        """Two-sided, by Student's t with Welch's degrees of freedom."""
        return np.asarray(2 * stdtr(self.df, -np.abs(self.z)))

    def interval(self, alpha: float = 0.05) -> tuple[Floats, Floats]:
        """Of the difference, at one look that was fixed beforehand."""
        reach = stdtrit(self.df, 1 - alpha / 2) * self.se
        return self.difference - reach, self.difference + reach


def welch(var_a: Floats, n_a: Floats, var_b: Floats, n_b: Floats) -> Floats:
    """(va + vb)^2 / (va^2/(na-1) + vb^2/(nb-1)), with v the squared standard errors."""
    below = var_a**2 / np.maximum(n_a - 1, 1) + var_b**2 / np.maximum(n_b - 1, 1)
    total = (var_a + var_b) ** 2
    return np.asarray(np.divide(total, below, out=np.ones_like(total), where=below > 0)).clip(1.0)


def means(control: Sums, treated: Sums, column: int = 0) -> Pair:
    """The mean of a column, e.g. orders or revenue a user; of a column of 0 and 1 it is a proportion.

    >>> pair = means(Sums.of(np.array([[1.0], [3.0]])), Sums.of(np.array([[2.0], [6.0]])))
    >>> float(pair.difference), float(pair.variance)
    (2.0, 5.0)
    """
    (a, va), (b, vb) = control.column(column), treated.column(column)
    return _independent(a, va, control.n, b, vb, treated.n)


def ratios(control: Sums, treated: Sums, top: int, bottom: int) -> Pair:
    """Sum over units of one column over the sum of another, e.g. clicks per view, with users as units.

    Delta method: var(r) = (v_y - 2 r c + r^2 v_x) / (n m_x^2). The unit stays the one that was assigned: judging views
    as if they were independent gave 17.5 % false alarms where 5 % were meant.
    """
    a, va = ratio(control, top, bottom)
    b, vb = ratio(treated, top, bottom)
    return _independent(a, va, control.n, b, vb, treated.n)


def ratio(sums: Sums, top: int, bottom: int) -> tuple[Floats, Floats]:
    """(sum of one column over the sum of another, its variance times n), by the delta method."""
    x, cov = sums.mean[..., bottom], sums.cov
    scale = np.where(x != 0, x, np.nan)
    r = sums.mean[..., top] / scale
    spread = cov[..., top, top] - 2 * r * cov[..., top, bottom] + r**2 * cov[..., bottom, bottom]
    return np.asarray(r), np.asarray(spread / scale**2)


def _independent(a: Floats, va: Floats, na: Floats, b: Floats, vb: Floats, nb: Floats) -> Pair:
    va, vb = np.asarray(va / np.maximum(na, 1)), np.asarray(vb / np.maximum(nb, 1))
    return Pair(np.asarray(a), np.asarray(b), va, vb, np.zeros_like(va), welch(va, na, vb, nb))
