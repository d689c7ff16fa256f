"""Every action alike: p(a) = 1 / K. The measure of what any policy gains, and the best log to judge others from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from salience.optimise.bandit.beliefs import Beliefs, Floats


@dataclass(frozen=True)
class Uniform:
    """Looks at nothing."""

    name: str = "uniform"

    def probabilities(self, beliefs: Beliefs) -> Floats:
        """(K,)."""
        return np.full(len(beliefs.mean), 1.0 / len(beliefs.mean))
