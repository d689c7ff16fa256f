"""Thompson sampling with exact probabilities: each action is chosen as often as its score is the largest of all.

Thompson (1933); Chapelle and Li (2011) for scores with a normal posterior, N(m_a, (scale s_a)^2):

    p(a) = integral of f_a(x) * product over b != a of F_b(x) dx

summed over a grid. The draw is made from p, so p is the propensity whatever the grid leaves out. ``scale`` below 1
explores less than the posterior says; half is the usual compromise (Chapelle and Li use the same device).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from salience.optimise.bandit.beliefs import Beliefs, Floats

GRID = 96
REACH = 5.0
TINY = 1e-300


@dataclass(frozen=True)
class Thompson:
    """``scale`` multiplies the deviations.

    >>> two = Beliefs(*(np.array(part) for part in ([0.0, 1.0], [1.0, 1.0], *[[0.0, 0.0]] * 3)))
    >>> Thompson(scale=1.0).probabilities(two).round(3)  # 1 - Phi(1 / sqrt 2) = 0.240
    array([0.24, 0.76])
    """

    scale: float = 0.5
    name: str = "thompson"

    def probabilities(self, beliefs: Beliefs) -> Floats:
        """(K,) the chance that each score is the largest."""
        return largest(beliefs.mean, self.scale * beliefs.deviation)


def largest(mean: Floats, deviation: Floats) -> Floats:
    """(K,) p(a) over ``GRID`` cells between the best lower end and the best upper end of all scores."""
    deviation = np.maximum(deviation, 1e-9)
    low, high = float((mean - REACH * deviation).max()), float((mean + REACH * deviation).max())
    edges = np.linspace(low, high, GRID + 1)
    below = ndtr((edges - mean[:, None]) / deviation[:, None])
    middle = (below[:, 1:] + below[:, :-1]) * 0.5
    mass = below[:, 1:] - below[:, :-1]
    logs = np.log(np.maximum(middle, TINY))
    chance = np.einsum("ag,ag->a", mass, np.exp(logs.sum(axis=0) - logs))  # the product over all but one
    total = float(chance.sum())
    if total > 0:
        return np.asarray(chance / total)
    best = (mean == mean.max()).astype(np.float64)
    return np.asarray(best / best.sum())
