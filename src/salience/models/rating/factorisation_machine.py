"""A factorisation machine with side features (Rendle 2010, "Factorization Machines"), sampled by Gibbs (Freudenthaler,
Schmidt-Thieme, Rendle 2011, "Bayesian Factorization Machines").

A rating is a row of features x: the person, the item, the person's traits and the item's attributes. Every pair of
features may interact, through k factors each:

    r = w0 + sum over j of w_j x_j  +  sum over pairs j < l of (v_j . v_l) x_j x_l  + noise

The pairs cost no more than the features, because sum over pairs = 1/2 sum over f of ((sum x_j v_jf)^2 - sum (x_j
v_jf)^2). In each single parameter t the model is a straight line, r = g + t h, with h = x_j for w_j and, for v_jf,

    h = x_j (q_f - x_j v_jf),     q_f = sum over all features l of x_l v_lf

so each is drawn from a normal with precision alpha sum h^2 + lambda. All people can be drawn at once, as no rating has
two; so can all items; traits and attributes are drawn one after the other. Each of the four groups has its own lambda
per factor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.interactions import Attributes, Interactions
from salience.models.model import Floats
from salience.models.rating.gibbs import Chance, precision
from salience.models.rating.grouped import Reals
from salience.models.rating.rating import Codes, RatingAlgorithm, RatingModel, Times, scale_of
from salience.models.settings import not_negative, whole


@dataclass(frozen=True, eq=False)
class SampledMachine(RatingModel):
    """``linear``: what a person, and an item, adds whatever is at the other end; ``people``, ``things``: sums x_j v_j.

    The sums are kept draw by draw, (draws, rows, k).
    """

    mean: float
    linear: tuple[Reals, Reals]
    people: Floats
    things: Floats

    def expected(self, users: Codes, items: Codes, times: Times) -> NDArray[np.floating[Any]]:  # noqa: ARG002 - no time
        """Pairs within a side depend on the person or the item alone; pairs across are one product of sums."""
        told: Reals = self.mean + self.linear[0][users] + self.linear[1][items]
        for p, q in zip(self.people, self.things, strict=True):
            told += np.einsum("nk,nk->n", p[users], q[items]) / len(self.people)
        return told


@dataclass(frozen=True)
class FactorisationMachine(RatingAlgorithm):
    """``factors`` k; ``draws`` kept after ``warm_up`` sweeps."""

    name: ClassVar[str] = "factorisation-machine"
    space: ClassVar[Mapping[str, Sequence[Any]]] = {"factors": (4, 8, 16)}

    factors: int = 8
    draws: int = 100
    warm_up: int = 30

    def __post_init__(self) -> None:
        whole(factors=self.factors, draws=self.draws)
        not_negative(warm_up=self.warm_up)

    def fit(self, ratings: Interactions, *, seed: int = 0) -> SampledMachine:
        """Sample. Work grows with ratings x factors x features per rating."""
        low, high = scale_of(ratings)
        rng = np.random.default_rng(seed)
        mean = float(ratings.value.mean(dtype=np.float64))
        sides = (
            _Side(ratings.user, len(ratings.users), ratings.traits, self.factors, rng),
            _Side(ratings.item, len(ratings.items), ratings.attributes, self.factors, rng),
        )
        linear = (np.zeros(len(ratings.users)), np.zeros(len(ratings.items)))
        sums = [np.empty((self.draws, len(side.bias), self.factors), np.float32) for side in sides]
        errors = ratings.value - mean - _told(sides)
        for sweep in range(-self.warm_up, self.draws):
            noise = float(rng.gamma((len(errors) + 1) / 2, 2 / (errors @ errors + 1)))
            _sweep(sides, errors, noise, rng)
            if sweep >= 0:
                for number, side in enumerate(sides):
                    sums[number][sweep] = side.sums()
                    linear[number][:] += side.alone() / self.draws
        return SampledMachine(low, high, mean, linear, sums[0], sums[1], settings=self.settings())


class _Side:
    """One end of the ratings: rows with a bias and factors of their own, and features with theirs."""

    def __init__(self, codes: NDArray[np.int32], rows: int, known: Attributes | None, k: int, rng: Chance) -> None:
        self.codes = codes
        features: Any = known.values if known else sparse.csr_array((rows, 0), dtype=np.float32)
        self.columns: Any = sparse.csc_array(features, dtype=np.float64)
        self.bias: Reals = np.zeros(rows)
        self.weights: Reals = np.zeros(features.shape[1])
        self.own = rng.normal(size=(rows, k)) / 10
        self.factors = rng.normal(size=(features.shape[1], k)) / 10
        self.sharpness = np.full((2, 1 + k), 10.0)  # of rows and of features; column 0 is that of the linear part

    def sums(self) -> Reals:
        """Sum of x_j v_j over everything known of each row, (rows, k)."""
        added: Reals = self.own + self.columns @ self.factors
        return added

    def alone(self) -> Reals:
        """What each row adds whatever is at the other end: linear, and the pairs among its own features."""
        squares = self.own**2 + self.columns.power(2) @ self.factors**2
        told: Reals = self.bias + self.columns @ self.weights + (self.sums() ** 2 - squares).sum(axis=1) / 2
        return told


def _told(sides: tuple[_Side, _Side]) -> Reals:
    """The model's value of each rating, less the mean."""
    left, right = sides
    product: Reals = np.einsum("nk,nk->n", left.sums()[left.codes], right.sums()[right.codes])
    return product + left.alone()[left.codes] + right.alone()[right.codes]


def _sweep(sides: tuple[_Side, _Side], errors: Reals, noise: float, rng: Chance) -> None:
    """Draw every parameter once; ``errors`` are kept up to date in place.

    A parameter of one side moves all ratings of a row alike but for the factor at their other end, so five sums
    per row (of 1, o and o^2, and of the errors times 1 and o) say all that the ratings know, o being q_f over there.
    """
    for side, other in (sides, sides[::-1]):
        count = _per_row(side, np.ones(len(errors)))
        start = side.alone()
        left = _per_row(side, errors)
        _linear(side, left, count, noise, rng)
        errors -= (side.alone() - start)[side.codes]
        across = other.sums()
        for f in range(side.own.shape[1]):
            o = across[other.codes, f]
            before_alone, before_sum = side.alone(), side.own[:, f] + side.columns @ side.factors[:, f]
            known = _Known(
                count,
                _per_row(side, o),
                _per_row(side, o * o),
                _per_row(side, errors),
                _per_row(side, errors * o),
            )
            _factor(side, f, known, noise, rng)
            moved = side.own[:, f] + side.columns @ side.factors[:, f] - before_sum
            errors -= (side.alone() - before_alone)[side.codes] + moved[side.codes] * o
        _learn(side, rng)


def _per_row(side: _Side, values: Reals) -> Reals:
    """Sums of one value per rating, over the ratings of each row of a side."""
    return np.bincount(side.codes, weights=values, minlength=len(side.bias)).astype(np.float64)


@dataclass
class _Known:
    """Per row of a side, over its ratings: their number, sum of o, of o^2, of the errors e, and of e o."""

    count: Reals
    o: Reals
    oo: Reals
    e: Reals
    eo: Reals

    def line(self, rows: Any, slope: Reals, at: Reals) -> tuple[Reals, Reals]:
        """Sums of h^2 and of e h per row, where h = slope * (o + at)."""
        squares = slope**2 * (self.oo[rows] + 2 * at * self.o[rows] + at**2 * self.count[rows])
        return squares, slope * (self.eo[rows] + at * self.e[rows])

    def move(self, rows: Any, slope: Reals, at: Reals, step: Reals) -> None:
        """The errors after a step along h."""
        along, flat = step * slope, step * slope * at
        self.eo[rows] -= along * self.oo[rows] + flat * self.o[rows]
        self.e[rows] -= along * self.o[rows] + flat * self.count[rows]


def _linear(side: _Side, left: Reals, count: Reals, noise: float, rng: Chance) -> None:
    """Biases of all rows at once, then the weight of each feature."""
    sharp = noise * count + side.sharpness[0, 0]
    fresh = noise * (left + count * side.bias) / sharp + rng.normal(size=len(sharp)) / np.sqrt(sharp)
    left -= count * (fresh - side.bias)
    side.bias = fresh
    for j in range(len(side.weights)):
        rows, x = _column(side, j)
        sharp_j = noise * float(x**2 @ count[rows]) + side.sharpness[1, 0]
        pull = float(x @ left[rows]) + float(x**2 @ count[rows]) * side.weights[j]
        drawn = noise * pull / sharp_j + rng.normal() / np.sqrt(sharp_j)
        left[rows] -= x * count[rows] * (drawn - side.weights[j])
        side.weights[j] = drawn


def _factor(side: _Side, f: int, known: _Known, noise: float, rng: Chance) -> None:
    """Factor f of all rows at once, then of each feature. Here h = x (o + sum over the row's other features of x v)."""
    every, ones = slice(None), np.ones(len(side.bias))
    total = side.own[:, f] + side.columns @ side.factors[:, f]
    at = total - side.own[:, f]
    squares, pull = known.line(every, ones, at)
    sharp = noise * squares + side.sharpness[0, 1 + f]
    fresh = noise * (pull + squares * side.own[:, f]) / sharp + rng.normal(size=len(sharp)) / np.sqrt(sharp)
    step = fresh - side.own[:, f]
    known.move(every, ones, at, step)
    total += step
    side.own[:, f] = fresh
    for j in range(len(side.weights)):
        rows, x = _column(side, j)
        v = side.factors[j, f]
        near = total[rows] - x * v
        per_row, pulls = known.line(rows, x, near)
        sharp_j = noise * per_row.sum() + side.sharpness[1, 1 + f]
        drawn = noise * (pulls.sum() + per_row.sum() * v) / sharp_j + rng.normal() / np.sqrt(sharp_j)
        known.move(rows, x, near, np.full(len(rows), drawn - v))
        total[rows] += x * (drawn - v)
        side.factors[j, f] = drawn


def _learn(side: _Side, rng: Chance) -> None:
    """How far parameters lie from 0, per kind and factor."""
    for row, (line, factors) in enumerate(((side.bias, side.own), (side.weights, side.factors))):
        if len(line):
            side.sharpness[row, 0] = precision(len(line), float(line @ line), rng)
            for f in range(factors.shape[1]):
                side.sharpness[row, 1 + f] = precision(len(line), float(factors[:, f] @ factors[:, f]), rng)


def _column(side: _Side, j: int) -> tuple[NDArray[np.int32], Reals]:
    """The rows that have feature j, and their values."""
    part = slice(side.columns.indptr[j], side.columns.indptr[j + 1])
    return side.columns.indices[part], side.columns.data[part]
