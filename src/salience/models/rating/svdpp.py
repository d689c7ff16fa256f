"""Bayesian SVD++ with drifting biases and side data, sampled by Gibbs.

SVD++ (Koren 2008, "Factorization Meets the Neighborhood") lets what a person rated speak besides how they rated it,
through a second set of item factors y; timeSVD++ (Koren 2009, "Collaborative Filtering with Temporal Dynamics") lets
biases drift, here by a bias per person and day and per item and fortnight:

    r_ui(t) = mu + b_u + b_i + c_u,day(t) + d_i,fortnight(t) + q_i . (p_u + |R_u|^-1/2 sum over j in R_u of y_j) + noise

The rows (b_u, p_u) and (b_i, q_i) have learned normal priors whose means follow the traits of people and the attributes
of items (see `gibbs`); so no regularisation is chosen by hand, and the mean over the draws is a far better predictor
than any one of them (Rendle, Zhang, Koren 2019, "On the Difficulty of Evaluating Baselines"). One sweep draws, each
given all the others: c and d, the rows of people, every y_j, the rows of items, the noise. For y_j only the sums over a
person's ratings are needed, G_u = sum of q_i q_i' and g_u = sum of q_i e_ui:

    y_j ~ N(A^-1 a, A^-1),    A = alpha sum over u of G_u / |R_u| + L,
                              a = alpha sum over u of (g_u / |R_u|^1/2 + G_u y_j / |R_u|) + L m
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.interactions import Interactions
from salience.models.model import Floats
from salience.models.rating.gibbs import Chance, Prior, draw_rows
from salience.models.rating.grouped import Grouped, Reals
from salience.models.rating.rating import Codes, RatingAlgorithm, RatingModel, Times, scale_of
from salience.models.rating.time_biases import Drift, PeriodBias
from salience.models.settings import not_negative, whole


@dataclass(frozen=True, eq=False)
class SampledFactors(RatingModel):
    """``mean`` mu; the biases; ``people`` (draws, users, k) with what y adds, and ``things`` (draws, items, k)."""

    mean: float
    user_bias: Reals
    item_bias: Reals
    drifts: tuple[PeriodBias, ...]
    people: Floats
    things: Floats

    def expected(self, users: Codes, items: Codes, times: Times) -> NDArray[np.floating[Any]]:
        """The biases, plus the mean over the draws of the factors' products."""
        told: Reals = self.mean + self.user_bias[users] + self.item_bias[items]
        for drift, codes in zip(self.drifts, (users, items), strict=False):
            told += drift.at(codes, times)
        for p, q in zip(self.people, self.things, strict=True):
            told += np.einsum("nk,nk->n", p[users], q[items]) / len(self.people)
        return told


@dataclass(frozen=True)
class SVDpp(RatingAlgorithm):
    """``factors`` k; ``draws`` kept after ``warm_up`` sweeps; whether to use ``implicit`` y, ``drift``, ``side``."""

    name: ClassVar[str] = "svdpp"
    space: ClassVar[Mapping[str, Sequence[Any]]] = {"factors": (8, 16, 32)}

    factors: int = 16
    draws: int = 100
    warm_up: int = 30
    implicit: bool = True
    drift: bool = True
    side: bool = True

    def __post_init__(self) -> None:
        whole(factors=self.factors, draws=self.draws)
        not_negative(warm_up=self.warm_up)

    def fit(self, ratings: Interactions, *, seed: int = 0) -> SampledFactors:
        """Sample. Work grows with ratings x factors^2; memory with (people + items) x factors x draws."""
        low, high = scale_of(ratings)
        rng = np.random.default_rng(seed)
        chain = _Chain(self, ratings, rng)
        people = np.empty((self.draws, len(ratings.users), self.factors), np.float32)
        things = np.empty((self.draws, len(ratings.items), self.factors), np.float32)
        user_bias, item_bias = np.zeros(len(ratings.users)), np.zeros(len(ratings.items))
        for sweep in range(-self.warm_up, self.draws):
            chain.sweep(rng)
            if sweep >= 0:
                people[sweep] = chain.whole_people()
                things[sweep] = chain.things[:, 1:]
                user_bias += chain.people[:, 0] / self.draws
                item_bias += chain.things[:, 0] / self.draws
                for drift in chain.drifts:
                    drift.keep(1 / self.draws)
        drifts = tuple(drift.kept() for drift in chain.drifts)
        return SampledFactors(
            low, high, chain.mean, user_bias, item_bias, drifts, people, things, settings=self.settings()
        )


class _Chain:
    """The state of the sampler: column 0 of ``people`` and ``things`` is the bias, the rest are the factors."""

    def __init__(self, setting: SVDpp, ratings: Interactions, rng: Chance) -> None:
        k, self.user, self.item = setting.factors, ratings.user, ratings.item
        users, items = len(ratings.users), len(ratings.items)
        self.mean = float(ratings.value.mean(dtype=np.float64))
        self.rest = ratings.value - self.mean
        self.by_user, self.by_item = Grouped.of(self.user, users), Grouped.of(self.item, items)
        self.people: Reals = rng.normal(size=(users, 1 + k)) / 10
        self.things: Reals = rng.normal(size=(items, 1 + k)) / 10
        traits = ratings.traits.values if setting.side and ratings.traits else None
        attributes = ratings.attributes.values if setting.side and ratings.attributes else None
        self.of_people, self.of_things, self.of_hints = Prior(1 + k, traits), Prior(1 + k, attributes), Prior(k)
        self.drifts: tuple[Drift, ...] = ()
        if setting.drift and ratings.time.any():
            self.drifts = (Drift(self.user, ratings.time, days=1), Drift(self.item, ratings.time, days=14))
        self.drifted: Reals = np.zeros(len(ratings))
        self.noise = 1.0  # as a precision, alpha
        self.implicit = setting.implicit
        self.hints: Reals = np.zeros((items, k))  # y
        share = np.maximum(self.by_user.counts, 1)[self.user] ** -0.5
        self.shares = sparse.csr_array((share, (self.user, self.item)), shape=(users, items))
        self.hinted: Reals = np.zeros((users, k))  # |R_u|^-1/2 sum of y_j

    def whole_people(self) -> Reals:
        """p_u with what y adds."""
        factors: Reals = self.people[:, 1:] + self.hinted
        return factors

    def sweep(self, rng: Chance) -> None:
        """Draw everything once."""
        for drift in self.drifts:
            self.drifted -= drift.values
            drift.draw(self._errors(), self.noise, rng)
            self.drifted += drift.values
        errors = self._errors()
        self.noise = float(rng.gamma((len(errors) + 1) / 2, 2 / (errors @ errors + 1)))
        q, design = self.things[self.item], self.things[self.item].copy()
        design[:, 0] = 1
        hints = np.einsum("nk,nk->n", self.hinted[self.user], q[:, 1:])
        target = self.rest - self.drifted - q[:, 0] - hints
        self.people = self._rows(self.of_people, self.people, self.by_user, design, target, rng)
        if self.implicit:
            self._draw_hints(rng)
        design = np.column_stack([np.ones(len(self.rest)), self.whole_people()[self.user]])
        target = self.rest - self.drifted - self.people[self.user, 0]
        self.things = self._rows(self.of_things, self.things, self.by_item, design, target, rng)

    def _errors(self) -> Reals:
        """What the state leaves unexplained of each rating."""
        product = np.einsum("nk,nk->n", self.whole_people()[self.user], self.things[self.item, 1:])
        left: Reals = self.rest - self.drifted - self.people[self.user, 0] - self.things[self.item, 0] - product
        return left

    def _rows(self, prior: Prior, rows: Reals, groups: Grouped, design: Reals, target: Reals, rng: Chance) -> Reals:
        """The rows of one side, given the prior that was learned from the last ones."""
        prior.learn(rows, rng)
        A, b = groups.normal_equations(design, target)
        return draw_rows(
            self.noise * A + prior.precision, self.noise * b + prior.means(len(rows)) @ prior.precision, rng
        )

    def _draw_hints(self, rng: Chance) -> None:
        """Every y_j in turn, keeping the sums over each person's ratings up to date."""
        self.of_hints.learn(self.hints, rng)
        L, towards = self.of_hints.precision, self.of_hints.precision @ self.of_hints.means(1)[0]
        G, g = self.by_user.normal_equations(self.things[self.item, 1:], self._errors())
        items, k = self.hints.shape
        by_item = sparse.csc_array(self.shares)
        summed: Any = by_item.power(2).T @ G.reshape(len(G), k * k)
        of_all = summed.reshape(items, k, k) * self.noise
        inverse = np.linalg.inv(of_all + L)
        jump = draw_rows(of_all + L, np.zeros((items, k)), rng)
        for j in rng.permutation(items):
            rated = slice(by_item.indptr[j], by_item.indptr[j + 1])
            who, share = by_item.indices[rated], by_item.data[rated]
            fresh = inverse[j] @ (self.noise * (share @ g[who]) + of_all[j] @ self.hints[j] + towards) + jump[j]
            g[who] -= share[:, None] * (G[who] @ (fresh - self.hints[j]))
            self.hints[j] = fresh
        self.hinted = np.asarray(self.shares @ self.hints)
