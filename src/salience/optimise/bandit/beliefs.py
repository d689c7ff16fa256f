"""What is believed of each action before one is chosen: all that a policy may look at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Beliefs:
    """K actions. ``mean`` and ``deviation`` are those of the score, whose order is that of the expected reward.

    ``expected``: (K,) the expected reward itself. ``trials``: (K,) lessons. ``earned``: (K,) rewards summed.
    ``votes``: (B, K) scores by B replicas, where the learner keeps any.
    """

    mean: Floats
    deviation: Floats
    expected: Floats
    trials: Floats
    earned: Floats
    votes: Floats | None = None

    def of(self, rows: NDArray[np.generic]) -> Beliefs:
        """Those of some actions, each once."""
        if len(rows) == len(self.mean):
            return self
        return Beliefs(
            self.mean[rows],
            self.deviation[rows],
            self.expected[rows],
            self.trials[rows],
            self.earned[rows],
            None if self.votes is None else self.votes[:, rows],
        )
