"""S- and T-learners: uplift as the difference of two predicted outcomes.

S: one model of (x, treated), tau(x) = m(x, 1) - m(x, 0). T: one model an arm, tau(x) = m1(x) - m0(x).
Künzel et al., Metalearners for estimating heterogeneous treatment effects, PNAS 2019 (arXiv 1706.03461).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from salience.optimise.uplift.base import Base, Predict
from salience.optimise.uplift.trial import Floats, Trial


class Learner(Protocol):
    """A way to learn who gains: ``fit`` gives a function (rows, covariates) -> (rows,) expected gains."""

    @property
    def name(self) -> str:
        """As in a leaderboard."""
        ...

    def fit(self, trial: Trial, *, seed: int) -> Predict:
        """The fitted function."""
        ...


@dataclass(frozen=True)
class SLearner:
    """``interactions``: also x times (treated - 1/2), without which a linear base knows no difference of effects.

    A logistic base without interactions still ranks people: one effect on the log-odds is the larger in probability the
    nearer somebody is to 1/2.
    """

    base: Base
    interactions: bool = False

    @property
    def name(self) -> str:
        """As in a leaderboard."""
        return f"S-{self.base.name}" + ("-interactions" if self.interactions else "")

    def fit(self, trial: Trial, *, seed: int) -> Predict:
        """One model; its answer with the arm set to 1 less that with 0."""
        predict = self.base.fit(self._with(trial.x, trial.treated), trial.outcome, seed=seed)

        def gain(x: Floats) -> Floats:
            ones = np.ones(len(x), np.int8)
            return predict(self._with(x, ones)) - predict(self._with(x, 0 * ones))

        return gain

    def _with(self, x: Floats, treated: np.ndarray[tuple[int], np.dtype[np.int8]]) -> Floats:
        half = treated[:, None] - 0.5
        return np.hstack([x, half, x * half] if self.interactions else [x, half])


@dataclass(frozen=True)
class TLearner:
    """Two models, one an arm: no arm's data inform the other's, so small arms make it noisy."""

    base: Base

    @property
    def name(self) -> str:
        """As in a leaderboard."""
        return f"T-{self.base.name}"

    def fit(self, trial: Trial, *, seed: int) -> Predict:
        """One model an arm."""
        one, zero = (
            self.base.fit(trial.x[trial.treated == arm], trial.outcome[trial.treated == arm], seed=seed)
            for arm in (1, 0)
        )
        return lambda x: one(x) - zero(x)


@dataclass(frozen=True)
class Response:
    """No uplift model, kept to compare with: who responds when treated. It can look like uplift."""

    base: Base

    @property
    def name(self) -> str:
        """As in a leaderboard."""
        return f"response-{self.base.name}"

    def fit(self, trial: Trial, *, seed: int) -> Predict:
        """The model of the treated arm."""
        return self.base.fit(trial.x[trial.treated == 1], trial.outcome[trial.treated == 1], seed=seed)
