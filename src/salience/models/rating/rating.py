"""The contract of rating predictors: a `RatingAlgorithm` is fitted into a `RatingModel`, which says how somebody would
rate.

Ratings are an `Interactions` table whose ``value`` is the rating on its original scale. Side data are optional:
``time`` of each row (0 = unknown), ``traits`` of people and ``attributes`` of items. A person or an item without a
single rating is predicted from side data and means, so nothing that has a code is refused.

    RMSE = sqrt(mean of (prediction - rating)^2)
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from salience.events.fault import InvalidInput
from salience.events.interactions import Interactions
from salience.models.model import Floats

Codes = NDArray[np.int32]
Times = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class RatingModel(ABC):
    """A fitted, immutable predictor. ``low`` and ``high`` are the smallest and the largest rating it has seen."""

    low: float
    high: float
    settings: Mapping[str, Any] = field(default_factory=dict, kw_only=True)

    def predict(self, users: Codes, items: Codes, times: Times | None = None) -> Floats:
        """The rating of each pair, (n,) float32, never outside what was ever rated. ``times`` in ms; none = unknown."""
        when = np.zeros(len(users), np.int64) if times is None else times
        if not len(users) == len(items) == len(when):
            raise InvalidInput("users", len(users), f"must be as many as the items, {len(items):,}, and times")
        told: Floats = np.clip(self.expected(users, items, when), self.low, self.high).astype(np.float32)
        return told

    @abstractmethod
    def expected(self, users: Codes, items: Codes, times: Times) -> NDArray[np.floating[Any]]:
        """The expected rating of each pair, (n,), before it is cut at the ends of the scale."""


@dataclass(frozen=True)
class RatingAlgorithm(ABC):
    """An unfitted predictor: a frozen set of settings, checked when made, with one verb. ``space`` is for the tuner."""

    name: ClassVar[str]
    space: ClassVar[Mapping[str, Sequence[Any]]] = {}

    @abstractmethod
    def fit(self, ratings: Interactions, *, seed: int = 0) -> RatingModel:
        """Learn from the ratings. Same data, settings and seed: the same model."""

    def settings(self) -> dict[str, Any]:
        """The settings by name, ready for JSON."""
        return asdict(self)


def scale_of(ratings: Interactions) -> tuple[float, float]:
    """The smallest and the largest rating. A table without a row is refused."""
    if not len(ratings):
        raise InvalidInput("ratings", 0, "has no rows to learn from")
    return float(ratings.value.min()), float(ratings.value.max())


def rmse(predicted: NDArray[np.floating[Any]], ratings: NDArray[np.floating[Any]]) -> float:
    """The root of the mean squared error.

    >>> rmse(np.array([3.0, 5.0]), np.array([4.0, 4.0]))
    1.0
    """
    return float(np.sqrt(np.mean(np.square(predicted.astype(np.float64) - ratings))))
