"""A score that orders people, put on the scale of the outcome: tau(x) = a + b score(x), no further than data bear out.

The loss is that of the R-learner (Nie and Wager 2021, equation 4; their section on stacking does the same):

    sum over rows ((y - m(x)) - (t - e)(a + b s(x)))^2,   m(x) = E[y | x], cross-fitted

with s centred by the weights (t - e)^2, so that a is the average effect, weighed by overlap, whatever b is. Weighing an
outcome by 1 / e instead would let the few with a small chance drown all others. b is the noisier of the two: it is
shrunk by the positive part of 1 - var(b) / b^2 (James and Stein 1961), so where people hardly differ in what they gain,
all are told about the same.
"""

from __future__ import annotations

import numpy as np

from salience.optimise.uplift.base import Boosted, Linear
from salience.optimise.uplift.residual import crossed
from salience.optimise.uplift.trial import Floats, Trial

LEAST = 1e-6
"""b stays above 0, so that the order stands even where the scale says nothing."""


def scaled(score: Floats, trial: Trial, seed: int) -> tuple[float, float]:
    """(a, b) such that a + b score is the gain in units of the outcome; ``score`` out of fold."""
    left, moved = trial.outcome - expected(trial, seed), trial.treated - trial.propensity
    weight = moved**2
    centre = float(weight @ score / weight.sum())
    design = moved[:, None] * np.column_stack([np.ones(len(score)), score - centre])
    inverse = np.linalg.pinv(design.T @ design)
    average, slope = inverse @ (design.T @ left)
    off = left - design @ (average, slope)
    variance = float((inverse @ (design.T * off**2) @ design @ inverse)[1, 1])  # White (1980)
    slope = max(slope * max(1.0 - variance / slope**2, 0.0) if slope > 0 else 0.0, LEAST)
    return float(average - slope * centre), float(slope)


def expected(trial: Trial, seed: int) -> Floats:
    """(rows,) m(x) of each row by models that have not seen it: linear or boosted, whichever errs less."""
    found = [crossed(base, trial, seed) for base in (Linear(), Boosted())]
    return min(found, key=lambda one: float(np.mean((trial.outcome - one) ** 2)))
