"""Gradient boosting of trees (Friedman 2001): each tree takes a small step against the slope of the log loss.

    F_0(x)_c = ln share of c,   F_m = F_(m-1) + rate * tree_m,   tree_m(leaf) = G / (H + ridge)
    g_i = 1[y_i = c] - P(c | x_i),   h_i = P(c | x_i) (1 - P(c | x_i))

Two classes need one tree a round, more need one each. Grown by LightGBM (Ke et al. 2017) where it is installed (the
``rank`` extra), else by `grow`, level by level. Both end as the same arrays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from salience.events.fault import InvalidInput
from salience.models.model import Arrays
from salience.models.predictor import target
from salience.models.predictor.bins import Bins
from salience.models.predictor.columns import Floats, Rows
from salience.models.predictor.forest import BINS, LEAST_LEVELS
from salience.models.predictor.grow import Shape, grow
from salience.models.predictor.predictor import Codes, Learner, Predictor, shares, softmax
from salience.models.predictor.target import Statistics
from salience.models.predictor.trees import Trees, flattened, joined, trees_from
from salience.models.settings import not_negative, positive, whole


@dataclass(frozen=True, eq=False)
class Boosted(Predictor):
    """``base`` (lines,) and one forest a line; one line for two classes, else one each."""

    kind: ClassVar[str] = "boosted"

    base: Floats
    forests: tuple[Trees, ...]
    statistics: Statistics
    columns: int

    def log_odds(self, rows: Rows) -> Floats:
        """The sum of the steps; of two classes the first has 0."""
        x = self._read(rows)
        return _both(self.base + np.stack([forest.sums(x) for forest in self.forests], axis=1))

    def staged(self, rows: Rows, stops: Sequence[int]) -> Floats:
        """`log_odds` after so many rounds: (stops, rows, classes)."""
        x = self._read(rows)
        told = np.stack([forest.staged(x, stops) for forest in self.forests], axis=2) + self.base
        return np.stack([_both(stage) for stage in told])

    def first(self, rounds: int) -> Boosted:
        """As if it had been stopped earlier."""
        return replace(self, forests=tuple(forest.first(rounds) for forest in self.forests))

    def _read(self, rows: Rows) -> Floats:
        return np.hstack([rows.tall, self.statistics.encode(rows)])

    def arrays(self) -> Arrays:
        """Seven arrays a line, and five."""
        out: Arrays = {"columns": np.array([self.columns]), "base": self.base, **self.statistics.arrays()}
        for line, forest in enumerate(self.forests):
            out |= {f"{line}.{name}": array for name, array in forest.arrays().items()}
        return out

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Boosted:
        """The inverse."""
        columns, base = int(arrays["columns"][0]), arrays["base"]
        own = [
            {name.removeprefix(f"{n}."): array for name, array in arrays.items() if name.startswith(f"{n}.")}
            for n in range(len(base))
        ]
        return cls(base, tuple(trees_from(one, columns) for one in own), Statistics.from_arrays(arrays), columns)


@dataclass(frozen=True)
class Boosting(Learner):
    """``leaves`` of a tree, ``least`` rows of a leaf; ``columns`` and ``sample``: the shares that a tree sees of both.

    ``library`` False: grown here even where LightGBM is installed.
    """

    rounds: int = 100
    rate: float = 0.05
    leaves: int = 8
    least: int = 20
    ridge: float = 5.0
    columns: float = 0.5
    sample: float = 0.7
    library: bool = True
    name: ClassVar[str] = "gradient boosting"
    fits: ClassVar[type[Predictor]] = Boosted

    def __post_init__(self) -> None:
        whole(rounds=self.rounds, leaves=self.leaves, least=self.least)
        positive(rate=self.rate)
        not_negative(ridge=self.ridge)
        for name in ("columns", "sample"):
            if not 0 < getattr(self, name) <= 1:
                raise InvalidInput(name, getattr(self, name), "must be a share above 0 and at most 1")

    def stopped(self, rounds: int) -> Self:
        """The settings of a fit that ends earlier."""
        return replace(self, rounds=rounds)

    def fit(self, rows: Rows, y: Codes, classes: int, *, weight: Floats | None = None, seed: int = 0) -> Boosted:
        """By LightGBM if it may be and is there."""
        statistics, own = target.learned(rows, y, classes, least=LEAST_LEVELS, weight=weight, seed=seed)
        x = np.hstack([rows.tall, own])
        fit_for_it = self.library and x.shape[1] > 0 and len(np.unique(y)) == classes
        grown = self._by_library(x, y, classes, weight, seed) if fit_for_it else None
        base, forests = grown or self._here(x, y, classes, weight, seed)
        return Boosted(base, forests, statistics, x.shape[1])

    def _by_library(
        self, x: Floats, y: Codes, classes: int, weight: Floats | None, seed: int
    ) -> tuple[Floats, tuple[Trees, ...]] | None:
        try:
            import lightgbm
        except ImportError:
            return None
        lines = 1 if classes == 2 else classes
        settings = {
            "objective": "binary" if lines == 1 else "multiclass",
            **({} if lines == 1 else {"num_class": classes}),
            "learning_rate": self.rate,
            "num_leaves": max(2, self.leaves),
            "min_data_in_leaf": self.least,
            "min_sum_hessian_in_leaf": 1e-2,
            "lambda_l2": self.ridge,
            "feature_fraction": self.columns,
            "bagging_fraction": self.sample,
            "bagging_freq": 1,
            "seed": seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": 1,  # a second one waits for a busy core, and costs far more than it saves
            "feature_pre_filter": False,
            "verbosity": -1,
        }
        data = lightgbm.Dataset(x, label=y, weight=weight, free_raw_data=True, params={"verbosity": -1})
        told = lightgbm.train(settings, data, num_boost_round=self.rounds).dump_model()["tree_info"]
        structures = [tree["tree_structure"] for tree in told]
        return np.zeros(lines), tuple(flattened(structures[line::lines]) for line in range(lines))

    def _here(
        self, x: Floats, y: Codes, classes: int, weight: Floats | None, seed: int
    ) -> tuple[Floats, tuple[Trees, ...]]:
        rng = np.random.default_rng(seed)
        w = np.ones(len(y)) if weight is None else weight
        bins = Bins.of(x, BINS)
        places, hits = bins.places(x), np.eye(classes)[y]
        shape = Shape(max(1, int(np.ceil(np.log2(max(2, self.leaves))))), self.least, self.ridge, self.columns)
        prior = np.log(shares(y, classes, weight))
        base = prior[1:] - prior[:1] if classes == 2 else prior
        odds = np.tile(base, (len(y), 1))
        grown: list[list[Trees]] = [[] for _ in base]
        for _ in range(self.rounds):
            seen = np.flatnonzero(rng.random(len(y)) < self.sample)
            chance = softmax(_both(odds))
            for line in range(len(base)):
                c = 1 if classes == 2 else line
                p = chance[seen, c]
                g, h = (w[seen] * (hits[seen, c] - p))[:, None], w[seen] * p * (1 - p)
                tree = grow(bins, places[seen], g, h, shape, rng)
                tree = replace(tree, value=self.rate * tree.value[:, 0])
                odds[:, line] += tree.sums(x)
                grown[line].append(tree)
        return base, tuple(joined(trees) for trees in grown)


def _both(odds: Floats) -> Floats:
    """(rows, lines) -> (rows, classes)."""
    return np.hstack([np.zeros((len(odds), 1)), odds]) if odds.shape[1] == 1 else odds
