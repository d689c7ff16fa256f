"""X- and R-learners and the class transformation: uplift as a regression of its own, with cross-fitted nuisances.

X: tau1 learned from y - m0(x) among the treated, tau0 from m1(x) - y among the others,
   tau(x) = e(x) tau0(x) + (1 - e(x)) tau1(x). Künzel et al. 2019.
R: minimise sum ((y - m(x)) - tau(x) (t - e(x)))^2, i.e. regress (y - m) / (t - e) with weights (t - e)^2.
   Nie and Wager, Quasi-oracle estimation of heterogeneous treatment effects, Biometrika 2021 (arXiv 1712.04912).
Class transformation: z = y t / e - y (1 - t) / (1 - e) has E[z | x] = tau(x).
   Jaskowski and Jaroszewicz 2012; Athey and Imbens 2016. Outcomes are centred first, which only lowers its variance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from salience.optimise.uplift.base import Base, Predict
from salience.optimise.uplift.trial import Floats, Rows, Trial, folds

PARTS = 3
"""Folds of the nuisances: no row's residual comes from a model that has seen the row."""


@dataclass(frozen=True)
class XLearner:
    """Each arm's outcomes against what the other arm's model expects of the same people."""

    base: Base
    effect: Base

    @property
    def name(self) -> str:
        """As in a leaderboard."""
        return f"X-{self.base.name}"

    def fit(self, trial: Trial, *, seed: int) -> Predict:
        """Residuals against the other arm's model, which has never seen these rows, so it needs no folds."""
        on, off = (np.flatnonzero(trial.treated == arm) for arm in (1, 0))
        m1, m0 = (self.base.fit(trial.x[rows], trial.outcome[rows], seed=seed) for rows in (on, off))
        tau1 = self.effect.fit(trial.x[on], trial.outcome[on] - m0(trial.x[on]), seed=seed)
        tau0 = self.effect.fit(trial.x[off], m1(trial.x[off]) - trial.outcome[off], seed=seed)
        share = float(trial.propensity.mean())
        return lambda x: share * tau0(x) + (1 - share) * tau1(x)


@dataclass(frozen=True)
class RLearner:
    """What is left of the outcome against what is left of the treatment."""

    base: Base
    effect: Base

    @property
    def name(self) -> str:
        """As in a leaderboard."""
        return f"R-{self.effect.name}"

    def fit(self, trial: Trial, *, seed: int) -> Predict:
        """The expected outcome is cross-fitted."""
        left = trial.outcome - crossed(self.base, trial, seed)
        moved = trial.treated - trial.propensity
        return self.effect.fit(trial.x, left / moved, seed=seed, weight=moved**2)


@dataclass(frozen=True)
class ClassTransformation:
    """One regression on an outcome whose mean is the effect."""

    effect: Base

    @property
    def name(self) -> str:
        """As in a leaderboard."""
        return f"class-{self.effect.name}"

    def fit(self, trial: Trial, *, seed: int) -> Predict:
        """No nuisance but the propensity."""
        y, t, e = trial.outcome - trial.outcome.mean(), trial.treated, trial.propensity
        return self.effect.fit(trial.x, y * t / e - y * (1 - t) / (1 - e), seed=seed)


def crossed(base: Base, trial: Trial, seed: int) -> Floats:
    """(rows,) E[y | x] of each row, by a model fitted without the row's fold."""
    fold = folds(trial, PARTS, seed)
    found = np.empty(len(trial))
    for part in range(PARTS):
        rest: Rows = np.flatnonzero(fold != part)
        predict = base.fit(trial.x[rest], trial.outcome[rest], seed=seed)
        found[fold == part] = predict(trial.x[fold == part])
    return found
