"""SquareCB: inverse gap weighting (Foster and Rakhlin 2020; Abe and Long 1999).

p(a) = 1 / (K + gamma_t (E_best - E_a)) for all but the best, which gets what is left; gamma_t = c sqrt(K n), with n
lessons so far. Every probability is above 0 by construction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from salience.optimise.bandit.beliefs import Beliefs, Floats


@dataclass(frozen=True)
class SquareCB:
    """``gamma`` is c: the larger, the greedier."""

    gamma: float = 10.0
    name: str = "squarecb"

    def probabilities(self, beliefs: Beliefs) -> Floats:
        """(K,)."""
        k = len(beliefs.expected)
        best = int(beliefs.expected.argmax())
        steep = self.gamma * np.sqrt(k * max(float(beliefs.trials.sum()), 1.0))
        chance = 1.0 / (k + steep * (beliefs.expected[best] - beliefs.expected))
        chance[best] = 0.0
        chance[best] = 1.0 - chance.sum()
        return np.asarray(chance)
