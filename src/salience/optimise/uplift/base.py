"""What the learners are built of: a linear and a boosted regression, each fitted into a function of the covariates.

Both predict E[y | x]; for an outcome of 0 and 1 that is a probability. scikit-learn and LightGBM are imported inside.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np

from salience.optimise.uplift.trial import Floats

Predict: TypeAlias = Callable[[Floats], Floats]
"""(rows, covariates) -> (rows,)"""


class Base(Protocol):
    """A kind of regression."""

    @property
    def name(self) -> str:
        """As in a leaderboard."""
        ...

    def fit(self, x: Floats, y: Floats, *, seed: int, weight: Floats | None = None) -> Predict:
        """(rows, covariates), (rows,) -> the fitted function."""
        ...


@dataclass(frozen=True)
class Linear:
    """Logistic regression for outcomes of 0 and 1, ridge otherwise, on standardised covariates.

    ``strength`` C: the penalty is |b|^2 / (2 C) beside the summed loss, so it matters less the more rows there are.
    """

    strength: float = 0.1
    name: str = "linear"

    def fit(self, x: Floats, y: Floats, *, seed: int, weight: Floats | None = None) -> Predict:  # noqa: ARG002 - no draw
        """The fitted function; a constant one where the outcome is constant."""
        constant = _constant(y)
        if constant is not None:
            return constant
        centre, scale = x.mean(0), x.std(0)
        scale = np.where(scale > 0, scale, 1.0)
        z = (x - centre) / scale
        if _binary(y):
            from sklearn.linear_model import LogisticRegression

            logit: Any = LogisticRegression(C=self.strength, max_iter=300, tol=1e-4).fit(z, y, sample_weight=weight)
            return lambda new: np.asarray(logit.predict_proba((new - centre) / scale)[:, 1], np.float64)
        from sklearn.linear_model import Ridge

        # the logistic loss curves by at most 1/4 a row; dividing by the variance puts the ridge on the same footing
        ridge: Any = Ridge(alpha=1 / (4 * self.strength)).fit(z, y, sample_weight=weight)
        return lambda new: np.asarray(ridge.predict((new - centre) / scale), np.float64)


@dataclass(frozen=True)
class Boosted:
    """LightGBM: few small trees, slowly added (Ke et al. 2017)."""

    trees: int = 60
    leaves: int = 8
    rate: float = 0.05
    name: str = "boosted"

    def fit(self, x: Floats, y: Floats, *, seed: int, weight: Floats | None = None) -> Predict:
        """The fitted function; a constant one where the outcome is constant."""
        constant = _constant(y)
        if constant is not None:
            return constant
        import lightgbm

        binary = _binary(y)
        settings = {
            "objective": "binary" if binary else "regression",
            "num_leaves": self.leaves,
            "learning_rate": self.rate,
            "min_data_in_leaf": max(20, len(y) // 500),
            "verbosity": -1,
            "num_threads": 1,
            "deterministic": True,
            "force_row_wise": True,
            "seed": seed,
        }
        data = lightgbm.Dataset(x, y, weight=weight, free_raw_data=False, params={"verbosity": -1})
        booster = lightgbm.train(settings, data, num_boost_round=self.trees)
        return lambda new: np.asarray(booster.predict(new), np.float64)


def _binary(y: Floats) -> bool:
    return bool(np.isin(y, (0.0, 1.0)).all())


def _constant(y: Floats) -> Predict | None:
    if len(y) and np.ptp(y) > 0:
        return None
    value = float(y[0]) if len(y) else 0.0
    return lambda new: np.full(len(new), value)
