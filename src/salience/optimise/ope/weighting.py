"""Importance weighting, with w = pi(a | x) / b(a | x).

IPS     V = mean(w r)                 unbiased if b(a | x) > 0 wherever pi(a | x) > 0 (Horvitz and Thompson 1952)
SNIPS   V = sum(w r) / sum(w)         consistent, does not move when rewards are shifted (Swaminathan, Joachims 2015)
        se^2 = sum(w^2 (r - V)^2) / sum(w)^2        delta method; the bootstrap must renormalise to agree with it
"""

from __future__ import annotations

import numpy as np

from salience.optimise.ope.log import Estimate, Floats, Log, Z, mean


def ips(log: Log, target: Floats) -> Estimate:
    """Inverse propensity scoring."""
    return mean("IPS", log.weights(target) * log.reward)


def snips(log: Log, target: Floats) -> Estimate:
    """Self-normalised; 0 +- infinity if no choice of the log is one of the target's."""
    w = log.weights(target)
    return ratio("SNIPS", w, log.reward, np.zeros(len(log)))


def ratio(name: str, w: Floats, r: Floats, add: Floats) -> Estimate:
    """mean(add) + sum(w r) / sum(w), with the delta-method interval."""
    total = float(w.sum())
    if total <= 0:
        return Estimate(name, 0.0, -np.inf, np.inf, np.inf)
    own = float(w @ r / total)
    terms = len(w) * w * (r - own) / total + add
    value = own + float(add.mean())
    error = float(np.sqrt(np.sum((terms - terms.mean()) ** 2)) / len(w))
    return Estimate(name, value, value - Z * error, value + Z * error, error)
