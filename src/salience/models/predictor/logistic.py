"""Logistic regression, of two or more classes, with a ridge.

    min over W, b of  sum over rows i of w_i ln( 1 / P(y_i | x_i) )  +  |W|^2 / (2 strength)
    P(c | x) = softmax(W z + b)_c,   z: x in standard deviations from the mean, kept within +-5

Two classes need one line, more need one each. The columns are the flat view, and target statistics of variables with
many levels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from salience.models.model import Arrays
from salience.models.predictor import target
from salience.models.predictor.columns import LEVELS, Floats, Rows
from salience.models.predictor.predictor import Codes, Learner, Predictor
from salience.models.predictor.target import Statistics
from salience.models.settings import positive

FARTHEST = 5.0


@dataclass(frozen=True, eq=False)
class Scale:
    """``centre`` and ``width`` of each column; a column that never changes counts for nothing."""

    centre: Floats
    width: Floats

    @classmethod
    def of(cls, x: Floats, weight: Floats | None = None) -> Scale:
        """By the (weighted) mean and standard deviation."""
        centre = np.average(x, axis=0, weights=weight) if x.size else np.zeros(x.shape[1])
        width = np.sqrt(np.average((x - centre) ** 2, axis=0, weights=weight)) if x.size else np.ones(x.shape[1])
        return cls(centre, np.where(width > 1e-9, width, 1e9))

    def apart(self, x: Floats) -> Floats:
        """Standard deviations from the mean, at most five: a sixth says no more."""
        return np.asarray(((x - self.centre) / self.width).clip(-FARTHEST, FARTHEST))

    def arrays(self) -> Arrays:
        """Two arrays."""
        return {"centre": self.centre, "width": self.width}


@dataclass(frozen=True, eq=False)
class Lines(Predictor):
    """``weights`` (columns, lines) and ``bias`` (lines,): one line for two classes, else one each."""

    kind: ClassVar[str] = "logistic"

    scale: Scale
    weights: Floats
    bias: Floats
    statistics: Statistics

    def log_odds(self, rows: Rows) -> Floats:
        """The lines; of two classes the first has 0."""
        told = self.scale.apart(np.hstack([rows.flat, self.statistics.encode(rows)])) @ self.weights + self.bias
        return np.hstack([np.zeros((len(told), 1)), told]) if told.shape[1] == 1 else told

    def arrays(self) -> Arrays:
        """Seven arrays."""
        return {"weights": self.weights, "bias": self.bias, **self.scale.arrays(), **self.statistics.arrays()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Lines:
        """The inverse."""
        scale = Scale(arrays["centre"], arrays["width"])
        weights, bias = arrays["weights"], arrays["bias"]
        if weights.shape != (len(scale.centre), len(bias)) or scale.width.shape != scale.centre.shape:
            raise ValueError("weights: must have a row a column and a column a line")
        return cls(scale, weights, bias, Statistics.from_arrays(arrays))


@dataclass(frozen=True)
class Logistic(Learner):
    """``strength``: the larger, the more the weights may say."""

    strength: float = 0.1
    name: ClassVar[str] = "logistic regression"
    fits: ClassVar[type[Predictor]] = Lines

    def __post_init__(self) -> None:
        positive(strength=self.strength)

    def fit(self, rows: Rows, y: Codes, classes: int, *, weight: Floats | None = None, seed: int = 0) -> Lines:
        """By L-BFGS from 0."""
        statistics, own = target.learned(rows, y, classes, least=LEVELS + 2, weight=weight, seed=seed)
        x = np.hstack([rows.flat, own])
        scale = Scale.of(x, weight)
        weights, bias = separate(scale.apart(x), y, classes, self.strength, weight)
        return Lines(scale, weights, bias, statistics)


def separate(z: Floats, y: Codes, classes: int, strength: float, weight: Floats | None) -> tuple[Floats, Floats]:
    """(weights (columns, lines), bias (lines,)) of the minimum."""
    from scipy.optimize import minimize  # 0.3 s to import, and serving never fits

    rows, columns = z.shape
    lines = 1 if classes == 2 else classes
    w = np.ones(rows) if weight is None else weight
    hits = (y[:, None] == (np.array([1]) if lines == 1 else np.arange(classes))).astype(np.float64)
    total = max(float(w.sum()), 1e-12)

    def loss(flat: Floats) -> tuple[float, Floats]:
        body, bias = flat[:-lines].reshape(columns, lines), flat[-lines:]
        odds = z @ body + bias
        if lines == 1:
            surprise = np.logaddexp(0, odds) - hits * odds
            chance = 1 / (1 + np.exp(-odds.clip(-500, 500)))
        else:
            most = odds.max(axis=1, keepdims=True)
            chance = np.exp(odds - most)
            whole = chance.sum(axis=1, keepdims=True)
            surprise = np.log(whole) + most - (hits * odds).sum(axis=1, keepdims=True)
            chance /= whole
        pull = w[:, None] * (chance - hits)
        value = float(w @ surprise.sum(axis=1)) + float((body**2).sum()) / (2 * strength)
        slope = np.concatenate([(z.T @ pull + body / strength).ravel(), pull.sum(axis=0)])
        return value / total, slope / total

    start = np.zeros((columns + 1) * lines)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500, "ftol": 1e-10, "gtol": 1e-6})
    return found.x[:-lines].reshape(columns, lines), found.x[-lines:]
