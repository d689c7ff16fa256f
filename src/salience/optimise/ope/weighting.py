"""Importance weighting, with w = pi(a | x) / b(a | x).

IPS     V = mean(w r)                 unbiased if b(a | x) > 0 wherever pi(a | x) > 0 (Horvitz and Thompson 1952)
SNIPS   V = sum(w r) / sum(w)         consistent, does not move when rewards are shifted (Swaminathan, Joachims 2015)

The spread of a ratio is that of  n w (r - V) / sum(w) / (1 - h),  the delta method with h = w / sum(w): V has followed
each reward by the share h of it, so what is left is too small by 1 - h (the jackknife; MacKinnon and White 1985).
"""

from __future__ import annotations

import numpy as np

from salience.optimise.ope.intervals import estimate, mean
from salience.optimise.ope.log import Estimate, Floats, Log

Parts = tuple[float, Floats]
"""(value, terms that tell its spread; their mean is about the value)."""


def ips(log: Log, target: Floats) -> Estimate:
    """Inverse propensity scoring."""
    return mean("IPS", log.weights(target) * log.reward)


def snips(log: Log, target: Floats) -> Estimate:
    """Self-normalised; 0 +- infinity if no choice of the log is one of the target's."""
    return told("SNIPS", *snips_parts(log, target))


def snips_parts(log: Log, target: Floats) -> Parts:
    """Of SNIPS."""
    return ratio(log.weights(target), log.reward, np.zeros(len(log)))


def ratio(w: Floats, r: Floats, add: Floats) -> Parts:
    """mean(add) + sum(w r) / sum(w)."""
    total = float(w.sum())
    if total <= 0:
        return 0.0, np.full(len(w), np.inf)
    own = float(w @ r / total)
    kept = np.maximum(1 - w / total, 1e-12)
    return own + float(add.mean()), own + add + len(w) * w * (r - own) / total / kept


def told(name: str, value: float, terms: Floats, settings: dict[str, float] | None = None) -> Estimate:
    """With its interval; terms that are infinite tell that nothing is known."""
    if not np.isfinite(terms).all():
        return Estimate(name, value, -np.inf, np.inf, np.inf, settings or {})
    return estimate(name, value, terms, settings)
