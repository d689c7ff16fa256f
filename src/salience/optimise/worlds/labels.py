"""A labelled table as a world: the context is what the table says of a row, the actions are its labels.

The reward of an action is 1 if it is the row's label (Bietti, Agarwal, Langford 2021), or, where the table has a column
``reward_ACTION`` for every action, what stands there. The order of the rows is drawn from the seed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from salience.events.fault import InvalidInput

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Labels:
    """``chance``: (T, K) the reward of every action, known for certain."""

    x: Floats
    chance: Floats

    def reward(self, at: int, action: int) -> float:
        """As in the table."""
        return float(self.chance[at, action])

    def regret(self, at: int, action: int) -> float:
        """The best of the row less this one."""
        return float(self.chance[at].max() - self.chance[at, action])

    @property
    def uniform(self) -> float:
        """The regret of choosing evenly."""
        return float((self.chance.max(1) - self.chance.mean(1)).sum())


def labels(x: Floats, reward: Floats, *, seed: int) -> Labels:
    """Shuffled. ``x``: (n, d), ``reward``: (n, K) in [-1, 1]."""
    if len(reward) < 2 or reward.shape[1] < 2:
        raise InvalidInput("world", str(reward.shape), "needs two rows and two actions", "a label or rewards a row")
    if not np.isfinite(reward).all() or np.abs(reward).max() > 1:
        raise InvalidInput("reward", float(np.nanmax(np.abs(reward))), "must be between -1 and 1", "scale the rewards")
    order = np.random.default_rng(seed).permutation(len(reward))
    return Labels(x[order], reward[order])
