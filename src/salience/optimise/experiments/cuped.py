"""CUPED: take out of an outcome what was known before the experiment began (Deng, Xu, Kohavi, Walker, WSDM 2013).

y' = y - theta (x - mean x),  theta = cov(y, x) / var(x),  var(y') = (1 - rho^2) var(y)

theta is pooled over the arms, so that the adjustment cannot favour one. x is what the same unit did before its first
exposure; a unit without a past keeps its row with x at the mean of those who have one, so nobody is dropped.
"""

from __future__ import annotations

import numpy as np

from salience.optimise.experiments.pair import Pair, welch
from salience.optimise.experiments.sums import Floats, Sums


def adjusted(control: Sums, treated: Sums, outcome: int, before: int) -> Pair:
    """The means of ``outcome``, adjusted by the column ``before``.

    Each arm's value is moved to the pooled mean of x, which both arms share: hence the covariance between them.
    """
    scatter = control.scatter + treated.scatter
    spread = scatter[..., before, before]
    theta = np.divide(scatter[..., outcome, before], spread, out=np.zeros_like(spread), where=spread > 0)
    total = control.n + treated.n
    pooled = (control.n * control.mean[..., before] + treated.n * treated.mean[..., before]) / total
    values, variances, weights = [], [], []
    for arm in (control, treated):
        cov = arm.cov
        values.append(arm.mean[..., outcome] - theta * (arm.mean[..., before] - pooled))
        weights.append(arm.n / total)
        variances.append((cov[..., outcome, outcome], cov[..., outcome, before], cov[..., before, before], arm.n))
    own = [_own(y, c, x, n, theta, 1 - w) for (y, c, x, n), w in zip(variances, weights, strict=True)]
    (_, c0, x0, n0), (_, c1, x1, n1) = variances
    w0, w1 = weights
    # a0 = y0 - theta w1 (x0 - x1) and a1 = y1 - theta w0 (x1 - x0), in means
    var_control = own[0] + (theta * w1) ** 2 * x1 / n1
    var_treated = own[1] + (theta * w0) ** 2 * x0 / n0
    cov = theta * w0 * (c0 - theta * w1 * x0) / n0 + theta * w1 * (c1 - theta * w0 * x1) / n1
    return Pair(values[0], values[1], var_control, var_treated, cov, welch(var_control, n0, var_treated, n1))


def filled(before: Floats) -> Floats:
    """Pre-period values with NaN (no past) put at the mean of the others, where they neither add nor take away."""
    known = ~np.isnan(before)
    return np.where(known, before, before[known].mean() if known.any() else 0.0)


def _own(y: Floats, c: Floats, x: Floats, n: Floats, theta: Floats, other: Floats) -> Floats:
    """Variance of y - theta other x in one arm's mean."""
    return np.asarray((y - 2 * theta * other * c + (theta * other) ** 2 * x) / n)
