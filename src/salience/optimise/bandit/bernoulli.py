"""Thompson sampling over counts, without a context: a Beta(1 + reward, 1 + trials - reward) posterior an action.

The probabilities are those of `salience.optimise.thompson`, exact to 1e-4 before they are drawn from.
"""

from __future__ import annotations

from dataclasses import dataclass

from salience.optimise.arms import Arm
from salience.optimise.bandit.beliefs import Beliefs, Floats
from salience.optimise.thompson import chance_of_best


@dataclass(frozen=True)
class Bernoulli:
    """Looks at trials and earned rewards alone."""

    name: str = "thompson-bernoulli"

    def probabilities(self, beliefs: Beliefs) -> Floats:
        """(K,) the chance that each rate is the largest."""
        records = zip(beliefs.trials, beliefs.earned, strict=True)
        return chance_of_best([Arm(str(at), int(n), float(r)) for at, (n, r) in enumerate(records)])
