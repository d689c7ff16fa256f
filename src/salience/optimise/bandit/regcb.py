"""RegCB by elimination: any action whose upper bound reaches the best lower bound (Foster et al. 2018).

p(a) = 1 / |S| for a in S = {a: m_a + c s_a >= max over b of (m_b - c s_b)}, else 0; the floor keeps the rest alive.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from salience.optimise.bandit.beliefs import Beliefs, Floats


@dataclass(frozen=True)
class RegCB:
    """``width`` c of the interval in posterior deviations."""

    width: float = 0.5
    name: str = "regcb"

    def probabilities(self, beliefs: Beliefs) -> Floats:
        """(K,) uniform over what may still be best."""
        reach = self.width * beliefs.deviation
        alive = beliefs.mean + reach >= (beliefs.mean - reach).max()
        return np.asarray(alive / alive.sum())
