"""The contract of predictors: a `Learner` (settings only) is fitted into a `Predictor` (immutable, arrays), which says
how likely each class of an outcome is.

Learners read `Rows`, a table in three views, and outcomes as codes 0 ... classes - 1. What is fitted is NumPy arrays
and is scored by NumPy: serving needs no library that fitting may use.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from salience.models.model import Arrays
from salience.models.predictor.columns import Floats, Rows

Codes = NDArray[np.int64]
LEAST_CHANCE = 1e-6
"""No predictor says never or always: one surprise would cost infinitely much log loss."""


@dataclass(frozen=True, eq=False)
class Predictor(ABC):
    """A fitted, immutable predictor."""

    kind: ClassVar[str]

    @abstractmethod
    def log_odds(self, rows: Rows) -> Floats:
        """(rows, classes) up to a constant a row: the softmax of it is the probability of each class."""

    @abstractmethod
    def arrays(self) -> Arrays:
        """What must be saved, by name; finite numbers only."""

    @classmethod
    @abstractmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Predictor:
        """The inverse of `arrays`; ValueError or KeyError for what cannot be."""

    def probabilities(self, rows: Rows) -> Floats:
        """(rows, classes), each row summing to 1."""
        return softmax(self.log_odds(rows))


@dataclass(frozen=True)
class Learner(ABC):
    """An unfitted predictor: a frozen set of settings, checked when made (`InvalidInput`), with one verb."""

    name: ClassVar[str]
    fits: ClassVar[type[Predictor]]

    @abstractmethod
    def fit(self, rows: Rows, y: Codes, classes: int, *, weight: Floats | None = None, seed: int = 0) -> Predictor:
        """Learn. Same rows, outcomes, weights, settings and seed: the same predictor. Every class may be absent."""

    def settings(self) -> dict[str, Any]:
        """The settings by name, ready for JSON."""
        return asdict(self)

    def fit_stages(
        self, rows: Rows, y: Codes, classes: int, *, weight: Floats | None = None, seed: int = 0
    ) -> Sequence[tuple[Learner, Predictor]]:
        """The same learner stopped at several places, where one fit gives them all: (its settings, fitted) each."""
        return [(self, self.fit(rows, y, classes, weight=weight, seed=seed))]


def softmax(odds: Floats) -> Floats:
    """(rows, classes) -> probabilities, kept above `LEAST_CHANCE`.

    >>> softmax(np.log([[1.0, 3.0]])).round(6).tolist()
    [[0.25, 0.75]]
    """
    chance = np.exp(odds - odds.max(axis=1, keepdims=True))
    chance /= chance.sum(axis=1, keepdims=True)
    chance = np.maximum(chance, LEAST_CHANCE)
    return np.asarray(chance / chance.sum(axis=1, keepdims=True))


def shares(y: Codes, classes: int, weight: Floats | None = None) -> Floats:
    """(classes,) the share of each class with half a row more than there is, so that none is 0."""
    counts = np.bincount(y, weights=weight, minlength=classes) + 0.5
    return np.asarray(counts / counts.sum())
