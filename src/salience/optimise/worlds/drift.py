"""A world that drifts: theta walks slowly instead of turning at once.

theta_a(t + 1) = rho theta_a(t) + sqrt(1 - rho^2) N(0, I) every ``every`` rounds: stationary, forgotten at the rate rho.
Otherwise as `linear`.
"""

from __future__ import annotations

import numpy as np

from salience.optimise.worlds.linear import Linear


def drifting(
    seed: int, *, rounds: int = 20_000, actions: int = 10, features: int = 10, rho: float = 0.9, every: int = 1000
) -> Linear:
    """Seeded; ``rho`` 1 never moves."""
    rng = np.random.default_rng([seed, 3])
    theta = rng.normal(size=(actions, features))
    x = rng.normal(size=(rounds, features)) / np.sqrt(features)
    luck = rng.random(rounds)
    chance = np.empty((rounds, actions))
    for start in range(0, rounds, every):
        part = slice(start, start + every)
        chance[part] = 1 / (1 + np.exp(-(2 * x[part] @ theta.T - 1.5)))
        theta = rho * theta + np.sqrt(1 - rho**2) * rng.normal(size=theta.shape)
    return Linear(x, chance, luck)
