"""The contract of a policy: arms in, probabilities out. The draw is made here, from exactly what was returned.

So the logged propensity is true by construction, whatever the policy: it is the number that the draw used.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from salience.events import Choice
from salience.optimise.arms import Arm


class Policy(Protocol):
    """How to spread the choice over arms. Frozen settings, no state of its own."""

    @property
    def name(self) -> str:
        """What the decision log calls it."""
        ...

    def probabilities(self, arms: Sequence[Arm]) -> NDArray[np.float64]:
        """One probability per arm, each at least the policy's floor, summing to 1."""
        ...


def draw(policy: Policy, arms: Sequence[Arm], rng: np.random.Generator) -> Choice:
    """Choose one arm with the policy's probabilities."""
    probabilities = policy.probabilities(arms)
    chosen = int(np.searchsorted(np.cumsum(probabilities), rng.random(), side="right"))
    chosen = min(chosen, len(arms) - 1)  # the cumulated sum may end a hair below 1
    return Choice(
        offered=tuple(arm.name for arm in arms),
        probabilities=tuple(float(p) for p in probabilities),
        chosen=arms[chosen].name,
        policy=policy.name,
    )


def with_floor(probabilities: NDArray[np.float64], floor: float) -> NDArray[np.float64]:
    """Mix with the uniform choice so that no arm falls below ``floor``: p' = (1 - K floor) p + floor.

    Mixing, not clipping: it keeps the sum at 1 and the order of the arms. A floor above 1/K means the uniform choice.
    """
    floor = min(floor, 1.0 / len(probabilities))
    return np.asarray((1.0 - len(probabilities) * floor) * probabilities / probabilities.sum() + floor)
