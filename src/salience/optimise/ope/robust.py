"""Doubly robust estimates: a reward model q, corrected by what it got wrong on the logged actions.

DR      V = mean(sum_a pi(a | x) q(x, a) + w (r - q(x, a_i)))    unbiased if either b or q is right (Dudik et al. 2011)
SNDR    V = mean(sum_a pi q) + sum(w (r - q)) / sum(w)           (Thomas and Brunskill 2016)
"""

from __future__ import annotations

import numpy as np

from salience.optimise.ope.direct import expected
from salience.optimise.ope.intervals import mean
from salience.optimise.ope.log import Estimate, Floats, Log
from salience.optimise.ope.weighting import Parts, ratio, told


def left(log: Log, q: Floats) -> Floats:
    """(n,) r - q(x, a) of the logged actions."""
    return np.asarray(log.reward - q[np.arange(len(log)), log.action])


def dr(log: Log, target: Floats, q: Floats) -> Estimate:
    """Doubly robust."""
    return mean("DR", dr_terms(log, target, q))


def dr_terms(log: Log, target: Floats, q: Floats) -> Floats:
    """(n,) whose mean is DR."""
    return expected(q, target) + log.weights(target) * left(log, q)


def sndr(log: Log, target: Floats, q: Floats) -> Estimate:
    """Doubly robust, its correction self-normalised."""
    return told("SNDR", *sndr_parts(log, target, q))


def sndr_parts(log: Log, target: Floats, q: Floats) -> Parts:
    """Of SNDR."""
    return ratio(log.weights(target), left(log, q), expected(q, target))
