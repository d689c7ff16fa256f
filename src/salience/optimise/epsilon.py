"""Epsilon-greedy: the best arm so far, and with probability epsilon any arm.

Sutton & Barto, Reinforcement Learning (2nd ed. 2018), section 2.2: p(a) = (1 - epsilon) [a is best] + epsilon / K.
Arms that tie for best share its part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from salience.optimise.arms import Arm


@dataclass(frozen=True)
class EpsilonGreedy:
    """``epsilon`` in [0, 1] is the share of exploration.

    >>> EpsilonGreedy(0.2).probabilities([Arm("a", trials=10, reward=4), Arm("b", trials=10, reward=1)])
    array([0.9, 0.1])
    """

    epsilon: float = 0.05
    name: str = "epsilon-greedy"

    def probabilities(self, arms: Sequence[Arm]) -> NDArray[np.float64]:
        """An arm never judged counts as best, so that every arm is tried."""
        means = np.array([arm.reward / arm.trials if arm.trials else np.inf for arm in arms])
        best = means == means.max()
        return np.asarray((1.0 - self.epsilon) * best / best.sum() + self.epsilon / len(arms))
