"""Bootstrapped choice: as often as replicas, each taught its own resample, call an action best.

Osband and Van Roy (2015); Eckles and Kaptein (2014) for the online form. p(a) = share of B replicas whose score of a is
the largest; actions that no replica prefers live from the floor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from salience.optimise.bandit.beliefs import Beliefs, Floats


@dataclass(frozen=True)
class Bootstrap:
    """Needs a learner that keeps replicas; without any, the mean score is the only vote."""

    name: str = "bootstrap"

    def probabilities(self, beliefs: Beliefs) -> Floats:
        """(K,)."""
        votes = beliefs.mean[None] if beliefs.votes is None else beliefs.votes
        best = votes >= votes.max(axis=1, keepdims=True)
        return np.asarray((best / best.sum(axis=1, keepdims=True)).mean(axis=0))
