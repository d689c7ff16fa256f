"""Large weights made smaller: less variance for some bias, with the bias kept in sight.

Switch-DR   weights above tau are set to 0: there the model alone speaks (Wang, Agarwal, Dudik 2017)
DRos        w' = lambda w / (w^2 + lambda), optimistic shrinkage (Su, Dimakopoulou, Krishnamurthy, Dudik 2020)
V           = mean(sum_a pi q + w' (r - q))

The setting is the one with the smallest  variance + bias^2,  the bias as measured against DR:
  bias = mean((w' - w)(r - q)), of which the sampling variance is not taken off, so noise argues for less shrinkage.
The interval is bias-aware (`direct.bias_aware`): it never covers less often than that of DR.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from salience.optimise.ope.direct import bias_aware, expected
from salience.optimise.ope.log import Estimate, Floats, Log
from salience.optimise.ope.robust import dr, left

SETTINGS = 12
"""Tried, evenly on a logarithmic scale between the smallest and the square of the largest weight; and infinity."""


def switch_dr(log: Log, target: Floats, q: Floats) -> Estimate:
    """Switch-DR, its threshold chosen on the log."""
    return _tuned("Switch-DR", "tau", log, target, q, lambda w, tau: np.where(w <= tau, w, 0.0), power=1)


def dros(log: Log, target: Floats, q: Floats) -> Estimate:
    """Doubly robust with optimistic shrinkage, lambda chosen on the log."""
    return _tuned("DRos", "lambda", log, target, q, lambda w, lam: lam * w / (w**2 + lam), power=2)


def _tuned(
    name: str, word: str, log: Log, target: Floats, q: Floats, shrink: Callable[[Floats, float], Floats], power: int
) -> Estimate:
    w, model, rest = log.weights(target), expected(q, target), left(log, q)
    robust = dr(log, target, q)
    positive = w[w > 0]
    if not len(positive):
        return bias_aware(name, float(model.mean()), 0.0, robust)
    grid = np.geomspace(float(positive.min()) ** power, float(positive.max()) ** power, SETTINGS)
    best = (robust.error**2, np.inf, robust.value, robust.error)
    for setting in grid:
        terms = model + shrink(w, float(setting)) * rest
        gap = (shrink(w, float(setting)) - w) * rest
        error = float(terms.std(ddof=1) / np.sqrt(len(log)))
        loss = error**2 + float(gap.mean()) ** 2
        if loss < best[0]:
            best = (loss, float(setting), float(terms.mean()), error)
    settings = {word: best[1]} if np.isfinite(best[1]) else {}
    return bias_aware(name, best[2], best[3], robust, settings)
