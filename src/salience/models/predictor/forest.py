"""One decision tree, and many: shares of the classes in a leaf (Breiman et al. 1984; Breiman 2001, "Random forests").

    P(c | x) = mean over the trees of (n_c + p_c) / (n + 1),   n: the rows of the leaf that x falls into, p: their prior

The trees of a forest each see a bootstrap of the rows, and each level a share of the columns, so that their errors
differ and average out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from salience.events.fault import InvalidInput
from salience.models.model import Arrays
from salience.models.predictor import target
from salience.models.predictor.bins import Bins
from salience.models.predictor.columns import Floats, Rows
from salience.models.predictor.grow import Shape, grow
from salience.models.predictor.predictor import LEAST_CHANCE, Codes, Learner, Predictor, shares
from salience.models.predictor.target import Statistics
from salience.models.predictor.trees import Trees, joined, trees_from
from salience.models.settings import whole

BINS = 64
MOST_ROWS = 20_000  # of one tree of a forest; more trees then see more
LEAST_LEVELS = 4  # below, the levels' own columns say it all


@dataclass(frozen=True, eq=False)
class Shares(Predictor):
    """``trees`` with the shares of the classes in their leaves, divided by the number of trees."""

    kind: ClassVar[str] = "forest"

    trees: Trees
    statistics: Statistics
    columns: int

    def log_odds(self, rows: Rows) -> Floats:
        """The logarithm of the mean share."""
        told = self.trees.sums(np.hstack([rows.tall, self.statistics.encode(rows)]))
        return np.log(np.maximum(told, LEAST_CHANCE))

    def arrays(self) -> Arrays:
        """Eleven arrays."""
        return {"columns": np.array([self.columns]), **self.trees.arrays(), **self.statistics.arrays()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Shares:
        """The inverse."""
        columns = int(arrays["columns"][0])
        return cls(trees_from(arrays, columns), Statistics.from_arrays(arrays), columns)


@dataclass(frozen=True)
class DecisionTree(Learner):
    """One tree that a person can read."""

    depth: int = 5
    least: int = 20
    name: ClassVar[str] = "decision tree"
    fits: ClassVar[type[Predictor]] = Shares

    def __post_init__(self) -> None:
        whole(depth=self.depth, least=self.least)

    def fit(self, rows: Rows, y: Codes, classes: int, *, weight: Floats | None = None, seed: int = 0) -> Shares:
        """On all rows and columns."""
        return _fit(rows, y, classes, weight, Shape(self.depth, self.least, by_weight=True), 0, seed)


@dataclass(frozen=True)
class RandomForest(Learner):
    """``columns``: the share of the columns that a level of a tree may look at."""

    trees: int = 100
    depth: int = 10
    least: int = 10
    columns: float = 0.3
    name: ClassVar[str] = "random forest"
    fits: ClassVar[type[Predictor]] = Shares

    def __post_init__(self) -> None:
        whole(trees=self.trees, depth=self.depth, least=self.least)
        if not 0 < self.columns <= 1:
            raise InvalidInput("columns", self.columns, "must be a share above 0 and at most 1")

    def fit(self, rows: Rows, y: Codes, classes: int, *, weight: Floats | None = None, seed: int = 0) -> Shares:
        """Each tree on a bootstrap."""
        shape = Shape(self.depth, self.least, columns=self.columns, by_weight=True)
        return _fit(rows, y, classes, weight, shape, self.trees, seed)


def _fit(rows: Rows, y: Codes, classes: int, weight: Floats | None, shape: Shape, trees: int, seed: int) -> Shares:
    """``trees`` 0: one, without a bootstrap."""
    statistics, own = target.learned(rows, y, classes, least=LEAST_LEVELS, weight=weight, seed=seed)
    x = np.hstack([rows.tall, own])
    w = np.ones(len(y)) if weight is None else weight
    bins = Bins.of(x, BINS)
    places, hits = bins.places(x), np.eye(classes)[y]
    told = hits[:, 1:] if classes == 2 else hits  # of two classes one says it all
    prior = shares(y, classes, weight)
    rng = np.random.default_rng(seed)
    grown = []
    for _ in range(max(1, trees)):
        drawn = w
        if trees:
            drawn = w * np.bincount(rng.integers(0, len(y), min(len(y), MOST_ROWS)), minlength=len(y))
        some = np.flatnonzero(drawn > 0)
        g = told[some] * drawn[some, None]
        tree = grow(bins, places[some], g, drawn[some], shape, rng)
        share = np.hstack([1 - tree.value, tree.value]) if classes == 2 else tree.value
        mass = _mass(tree, x[some], drawn[some])
        value = (share * mass[:, None] + prior) / (mass[:, None] + 1)
        grown.append(replace(tree, value=value / max(1, trees)))
    return Shares(joined(grown), statistics, x.shape[1])


def _mass(tree: Trees, x: Floats, w: Floats) -> Floats:
    """(leaves,) how much weight fell into each leaf."""
    place = replace(tree, value=np.arange(len(tree.value), dtype=np.float64)).sums(x).astype(np.int64)
    return np.bincount(place, w, len(tree.value)).astype(np.float64)
