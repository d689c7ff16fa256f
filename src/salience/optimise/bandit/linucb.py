"""LinUCB: the action with the largest upper bound m_a + alpha s_a (Li, Chu, Langford, Schapire 2010).

By itself it never draws, so nothing could be judged afterwards; the floor that every policy gets makes it drawable.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from salience.optimise.bandit.beliefs import Beliefs, Floats


@dataclass(frozen=True)
class LinUCB:
    """``alpha`` is the width of the bound in posterior deviations."""

    alpha: float = 0.5
    name: str = "linucb"

    def probabilities(self, beliefs: Beliefs) -> Floats:
        """(K,) 1 for the largest bound; ties share it."""
        bound = beliefs.mean + self.alpha * beliefs.deviation
        best = bound >= bound.max()
        return np.asarray(best / best.sum())
