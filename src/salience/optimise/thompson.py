"""Thompson sampling for rewards in [0, 1], with exact probabilities instead of one random draw per arm.

Thompson (1933); Agrawal & Goyal (2012) for rewards between 0 and 1. Each arm's mean has a Beta(1 + reward,
1 + trials - reward) posterior, density f, distribution F; the arm is chosen with the probability that it is best,

    p(a) = integral of f_a(x) * product over b != a of F_b(x) dx.

Drawing from p gives the same choices as sampling each posterior, and p is what off-policy evaluation needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from salience.optimise.arms import Arm
from salience.optimise.policy import with_floor

CELLS = 400
"""Grid cells per arm over ten standard deviations to each side of its mean; the error is then below 1e-4."""


@dataclass(frozen=True)
class Thompson:
    """``floor`` is the least probability of any arm: small, so that it costs little, above 0, so that nothing is lost.

    >>> Thompson(floor=0.01).probabilities([Arm("a", trials=20, reward=8), Arm("b", trials=20, reward=3)]).round(3)
    array([0.948, 0.052])
    """

    floor: float = 0.01
    name: str = "thompson"

    def probabilities(self, arms: Sequence[Arm]) -> NDArray[np.float64]:
        """The probability of being best, then the floor."""
        return with_floor(chance_of_best(arms), self.floor)


def chance_of_best(arms: Sequence[Arm]) -> NDArray[np.float64]:
    """p(a), summed over a grid that is fine wherever any of the posteriors has mass:

    sum over cells of (F_a(right) - F_a(left)) * product over b != a of F_b(middle).
    """
    reward = np.clip([arm.reward for arm in arms], 0.0, None)  # a net loss counts as nothing gained
    alpha = 1.0 + reward
    beta = 1.0 + np.maximum(np.array([arm.trials for arm in arms]) - reward, 0.0)
    mean = alpha / (alpha + beta)
    reach = 10.0 * np.sqrt(mean * (1.0 - mean) / (alpha + beta + 1.0))
    lines = np.linspace(mean - reach, mean + reach, CELLS + 1).ravel()
    grid = np.concatenate(([0.0], np.sort(lines[(lines > 0.0) & (lines < 1.0)]), [1.0]))
    cumulated = special.betainc(alpha[:, None], beta[:, None], grid)
    middle = (cumulated[:, 1:] + cumulated[:, :-1]) / 2.0
    mass = np.diff(cumulated, axis=1)
    chance = np.array([(mass[a] * np.delete(middle, a, axis=0).prod(axis=0)).sum() for a in range(len(arms))])
    return np.asarray(chance / chance.sum())
