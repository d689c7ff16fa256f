"""Biased matrix factorisation (Koren, Bell, Volinsky 2009, "Matrix Factorization Techniques for Recommender Systems").

    r_ui = mu + b_u + b_i + p_u . q_i,
    min  sum of (r_ui - that)^2  +  reg sum over u of n_u (b_u^2 + |p_u|^2)  +  reg sum over i of n_i (b_i^2 + |q_i|^2)

by alternating least squares: with the items fixed, (b_u, p_u) is the ridge regression of u's ratings on the rows (1,
q_i), and the other way round. Multiplying the regularisation by the numbers of ratings n is that of Zhou, Wilkinson,
Schreiber, Pan 2008 (ALS-WR). A person or an item without ratings has factors 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from salience.events.interactions import Interactions
from salience.models.rating.grouped import Grouped, Reals
from salience.models.rating.rating import Codes, RatingAlgorithm, RatingModel, Times, scale_of
from salience.models.settings import positive, whole


@dataclass(frozen=True, eq=False)
class BiasedFactors(RatingModel):
    """``mean`` mu; ``people`` (users, 1 + k) and ``things`` (items, 1 + k): a bias, then factors."""

    mean: float
    people: Reals
    things: Reals

    def expected(self, users: Codes, items: Codes, times: Times) -> NDArray[np.floating[Any]]:  # noqa: ARG002 - no time
        """mu + b_u + b_i + p_u . q_i."""
        p, q = self.people[users], self.things[items]
        product: Reals = np.einsum("nk,nk->n", p[:, 1:], q[:, 1:])
        return self.mean + p[:, 0] + q[:, 0] + product


@dataclass(frozen=True)
class BiasedMF(RatingAlgorithm):
    """``factors`` k, ``reg`` as above, ``iterations`` of both half-steps."""

    name: ClassVar[str] = "biased-mf"
    space: ClassVar[Mapping[str, Sequence[Any]]] = {"factors": (5, 10, 20, 40), "reg": (0.03, 0.06, 0.1, 0.15)}

    factors: int = 10
    reg: float = 0.1
    iterations: int = 15

    def __post_init__(self) -> None:
        whole(factors=self.factors, iterations=self.iterations)
        positive(reg=self.reg)

    def fit(self, ratings: Interactions, *, seed: int = 0) -> BiasedFactors:
        """Alternate from small seeded random item factors."""
        low, high = scale_of(ratings)
        mean = float(ratings.value.mean(dtype=np.float64))
        by_user = Grouped.of(ratings.user, len(ratings.users))
        by_item = Grouped.of(ratings.item, len(ratings.items))
        people: Reals = np.zeros((len(ratings.users), 1 + self.factors))
        things: Reals = np.random.default_rng(seed).normal(size=(len(ratings.items), 1 + self.factors)) * 0.1
        things[:, 0] = 0
        rest = ratings.value - mean
        for _ in range(self.iterations):
            people = self._half(by_user, things[ratings.item], rest)
            things = self._half(by_item, people[ratings.user], rest)
        return BiasedFactors(low, high, mean, people, things, settings=self.settings())

    def _half(self, rows: Grouped, other: Reals, rest: Reals) -> Reals:
        """The ridge regressions of all rows, given the bias and the factors at the other end of each rating."""
        design = other.copy()
        design[:, 0] = 1
        A, b = rows.normal_equations(design, rest - other[:, 0])
        ridge = self.reg * np.maximum(rows.counts, 1)
        A[:, np.arange(A.shape[1]), np.arange(A.shape[1])] += ridge[:, None]
        solved: Reals = np.linalg.solve(A, b[:, :, None])[:, :, 0]
        return solved
