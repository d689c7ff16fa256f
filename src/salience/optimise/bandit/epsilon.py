"""Epsilon-greedy over scores: the best, and with probability epsilon any action.

p(a) = (1 - epsilon) [a is best] / ties + epsilon / K   (Sutton and Barto 2018, section 2.2)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from salience.optimise.bandit.beliefs import Beliefs, Floats


@dataclass(frozen=True)
class Epsilon:
    """``epsilon`` in [0, 1] is the share of exploration."""

    epsilon: float = 0.05
    name: str = "epsilon-greedy"

    def probabilities(self, beliefs: Beliefs) -> Floats:
        """(K,)."""
        best = beliefs.mean >= beliefs.mean.max()
        return np.asarray((1 - self.epsilon) * best / best.sum() + self.epsilon / len(best))
