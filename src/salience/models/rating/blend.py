"""A blend of rating predictors: ridge regression on out-of-fold predictions (Wolpert 1992, "Stacked Generalization";
Jahrer, Toescher, Legenstein 2010, "Combining Predictions for Accurate Recommender Systems").

The ratings are cut into folds; each part predicts each fold from the others, so no prediction has seen its rating. Then

    min over w, c of  sum of (r - c - sum over k of w_k p_k)^2  +  ridge n |w - 1/K|^2

pulls the weights towards a plain mean of the K parts, and the parts are fitted again on everything.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from salience.events.fault import InvalidInput
from salience.events.interactions import Interactions
from salience.models.rating.biased_mf import BiasedMF
from salience.models.rating.factorisation_machine import FactorisationMachine
from salience.models.rating.grouped import Reals
from salience.models.rating.rating import Codes, RatingAlgorithm, RatingModel, Times, scale_of
from salience.models.rating.svdpp import SVDpp
from salience.models.settings import positive


@dataclass(frozen=True, eq=False)
class BlendedRatings(RatingModel):
    """``parts``, their ``weights`` and a ``shift``."""

    parts: tuple[RatingModel, ...]
    weights: Reals
    shift: float

    def expected(self, users: Codes, items: Codes, times: Times) -> NDArray[np.floating[Any]]:
        """c + sum of w_k p_k."""
        told = np.full(len(users), self.shift)
        for part, weight in zip(self.parts, self.weights, strict=True):
            told += weight * part.predict(users, items, times)
        return told


@dataclass(frozen=True)
class RatingBlend(RatingAlgorithm):
    """``parts`` to blend, with weights learned over ``folds`` folds."""

    name: ClassVar[str] = "rating-blend"

    parts: tuple[RatingAlgorithm, ...] = (SVDpp(), FactorisationMachine(), BiasedMF())
    folds: int = 3
    ridge: float = 1e-4

    def __post_init__(self) -> None:
        positive(ridge=self.ridge)
        if not self.parts:
            raise InvalidInput("parts", (), "a blend needs at least one algorithm")
        if self.folds < 2:
            raise InvalidInput("folds", self.folds, "must be 2 or more")

    def fit(self, ratings: Interactions, *, seed: int = 0) -> BlendedRatings:
        """Fit every part on every fold's complement, learn the weights, fit every part on everything."""
        low, high = scale_of(ratings)
        n, parts = len(ratings), len(self.parts)
        if n < self.folds:
            raise InvalidInput("ratings", n, f"must be at least as many as the folds, {self.folds}")
        fold = np.random.default_rng(seed).permutation(n) % self.folds
        told = np.empty((n, parts))
        for number in range(self.folds):
            out = fold == number
            seen, unseen = ratings.rows(~out), ratings.rows(out)
            for k, part in enumerate(self.parts):
                told[out, k] = part.fit(seen, seed=seed).predict(unseen.user, unseen.item, unseen.time)
        weights, shift = stacked(told, ratings.value.astype(np.float64), self.ridge)
        fitted = tuple(part.fit(ratings, seed=seed) for part in self.parts)
        return BlendedRatings(low, high, fitted, weights, shift, settings=self.settings())

    def settings(self) -> dict[str, Any]:
        """As of every algorithm, and each part with its name."""
        return {**asdict(self), "parts": [{"name": part.name, **part.settings()} for part in self.parts]}


def stacked(told: Reals, ratings: Reals, ridge: float) -> tuple[Reals, float]:
    """The weights of the columns of ``told`` (n, parts), and the shift."""
    n, parts = told.shape
    centre, mean = told.mean(axis=0), ratings.mean()
    X, y = told - centre, ratings - mean
    A = X.T @ X + ridge * n * np.eye(parts)
    weights: Reals = np.linalg.solve(A, X.T @ y + ridge * n / parts)
    return weights, float(mean - centre @ weights)
