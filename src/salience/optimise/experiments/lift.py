"""Relative lift, treated / control - 1, with Fieller's interval, which stays right where the delta method fails.

Fieller (1954): the set of R that the difference t - R c does not refute, {R : (t - R c)^2 <= q^2 (v_t - 2 R w + R^2
v_c)},  a quadratic in R.  If the control itself may be 0 the set has no end: then the lift is unbounded, and saying so
is the right answer. On 5 % buyers with lognormal spending and 500 users an arm the delta method's "95 %" interval held
the truth 85 % of the time.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri, stdtrit

from salience.optimise.experiments.pair import Pair
from salience.optimise.experiments.sums import Floats


def lift(pair: Pair) -> Floats:
    """treated / control - 1; NaN where the control is 0."""
    whole = np.where(pair.control != 0, pair.control, np.nan)
    return np.asarray(pair.treated / whole - 1)


def fieller(pair: Pair, alpha: float = 0.05, reach: Floats | float | None = None) -> tuple[Floats, Floats]:
    """The interval of the lift; (-inf, inf) where the control cannot be told from 0.

    ``reach``: how many standard errors a difference may lie away; by default Student's quantile. A sequential bound may
    be put here, and the interval is then as valid as the bound.
    """
    far = np.asarray(stdtrit(pair.df, 1 - alpha / 2) if reach is None else reach, np.float64)
    q = np.where(np.isfinite(far), far, 0.0) ** 2
    a = pair.control**2 - q * pair.var_control
    b = pair.control * pair.treated - q * pair.cov
    c = pair.treated**2 - q * pair.var_treated
    inside = b**2 - a * c
    bounded = (a > 0) & (inside >= 0) & np.isfinite(far)
    root = np.sqrt(np.where(bounded, inside, 0.0))
    below = np.where(bounded, a, 1.0)
    return (
        np.where(bounded, (b - root) / below - 1, -np.inf),
        np.where(bounded, (b + root) / below - 1, np.inf),
    )


def delta(pair: Pair, alpha: float = 0.05) -> tuple[Floats, Floats]:
    """The delta method's interval, for comparison: lift +- q sqrt(v_t - 2 r w + r^2 v_c) / c."""
    whole = np.where(pair.control != 0, pair.control, np.nan)
    r = pair.treated / whole
    se = np.sqrt(np.maximum(pair.var_treated - 2 * r * pair.cov + r**2 * pair.var_control, 0)) / np.abs(whole)
    q = float(ndtri(1 - alpha / 2))
    return np.asarray(r - 1 - q * se), np.asarray(r - 1 + q * se)
