"""Worlds E1 and E2: actions whose chance of a reward depends on the context through a line.

E1: K = 10 actions, d = 10; theta_a ~ N(0, I), x ~ N(0, I / d), reward ~ Bernoulli(sigmoid(2 theta_a . x - 1.5)); theta,
X and one uniform a round are drawn in that order from ``numpy.random.default_rng(seed)``, T = 20,000 rounds.
E2: at T / 2 the rows of theta are permuted: every action becomes another one, overnight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Linear:
    """``x``: (T, d) contexts; ``chance``: (T, K) of a reward; ``luck``: (T,) uniforms: reward = luck < chance."""

    x: Floats
    chance: Floats
    luck: Floats

    def reward(self, at: int, action: int) -> float:
        """Of an action in a round."""
        return float(self.luck[at] < self.chance[at, action])

    def regret(self, at: int, action: int) -> float:
        """What was missed, in expectation."""
        return float(self.chance[at].max() - self.chance[at, action])

    @property
    def uniform(self) -> float:
        """The regret of choosing evenly, over all rounds."""
        return float((self.chance.max(1) - self.chance.mean(1)).sum())


def linear(seed: int, *, rounds: int = 20_000, actions: int = 10, features: int = 10, turns: bool = False) -> Linear:
    """E1, or with ``turns`` E2."""
    rng = np.random.default_rng(seed)
    theta = rng.normal(size=(actions, features))
    x = rng.normal(size=(rounds, features)) / np.sqrt(features)
    luck = rng.random(rounds)
    chance = _sigmoid(2 * x @ theta.T - 1.5)
    if turns:
        other = theta[rng.permutation(actions)]
        chance[rounds // 2 :] = _sigmoid(2 * x[rounds // 2 :] @ other.T - 1.5)
    return Linear(x, chance, luck)


def _sigmoid(z: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-z)))
