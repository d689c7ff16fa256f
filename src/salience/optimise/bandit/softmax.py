"""Softmax (Boltzmann) exploration: p(a) = exp(E_a / temperature) / sum over b of exp(E_b / temperature).

E is the expected reward, so that a temperature means the same whatever the learner's scale of scores is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from salience.optimise.bandit.beliefs import Beliefs, Floats


@dataclass(frozen=True)
class Softmax:
    """``temperature`` in units of reward: a difference of so much makes an action e times as likely."""

    temperature: float = 0.02
    name: str = "softmax"

    def probabilities(self, beliefs: Beliefs) -> Floats:
        """(K,)."""
        powers = np.exp((beliefs.expected - beliefs.expected.max()) / self.temperature)
        return np.asarray(powers / powers.sum())
