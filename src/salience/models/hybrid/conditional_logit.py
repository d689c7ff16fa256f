"""What hybrids learn their weights by: a conditional logit of what people chose (McFadden 1974).

An item i that was held out of the history h was chosen from among items that h did not hold. With features x of a
person and an item, and C a set of items drawn evenly,

    P(i) = exp(w.x_hi) / (exp(w.x_hi) + sum over c in C, not in h and not held out, of exp(w.x_hc))

    min over w of  - mean over all (h, i) of ln P(i)  +  ridge/2 |w|^2

which is convex. All items are in C up to `MOST_ITEMS`. Above, C holds for each person the `NEAREST` best items of every
feature, so that the top of any mixture is in it, and `DRAWN` that are drawn evenly: memory stays at people x a few
hundred x features. A smooth likelihood of every held-out item needs far fewer of them than a search for the best NDCG
would, and knows no k.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from salience.events.interactions import Matrix
from salience.models.histories import read
from salience.models.hybrid.held_out import Part
from salience.models.model import Floats

MOST_ITEMS = 400
NEAREST = 40
DRAWN = 100
BATCH = 256  # people whose scores of all items are made at once

Features = Callable[[Matrix, NDArray[np.int64]], Floats]
"""From histories (batch, items) and the codes of their people to features of every item, (features, batch, items)."""


@dataclass(frozen=True, eq=False)
class Choices:
    """A batch of people, what they chose and what else they could have.

    ``others`` (features, people, |C|); ``closed`` (people, |C|), where an item of C is no alternative; ``chosen``
    (features, pairs); ``who`` (pairs,), the person of each pair.
    """

    others: Floats
    closed: NDArray[np.bool_]
    chosen: Floats
    who: NDArray[np.int64]

    def surprise(self, w: Floats) -> tuple[float, NDArray[np.float64]]:
        """Minus the log-likelihood of what was chosen, and its slope in w."""
        mixed = np.tensordot(w, self.others, 1)
        mixed[self.closed] = -np.inf
        most = np.maximum(mixed.max(axis=1, initial=-1e30), -1e30)
        chance = np.exp(mixed - most[:, None])
        total = np.maximum(chance.sum(axis=1), 1e-30)
        gap = (np.log(total) + most)[self.who] - w @ self.chosen
        wrong = 1 / (1 + np.exp(-np.clip(gap, -60, 60)))
        weight = np.bincount(self.who, weights=wrong, minlength=len(total))
        chance *= (weight / total)[:, None].astype(np.float32)
        slope = self.others.reshape(len(w), -1) @ chance.ravel() - self.chosen @ wrong
        return float(np.logaddexp(0, gap).sum()), slope.astype(np.float64)


def choices(part: Part, features: Features, seed: int, *, batch: int = BATCH) -> list[Choices]:
    """What the people of a cut chose, and what they could have, ``batch`` people at a time; of many items a pool."""
    rng = np.random.default_rng(seed)
    return [_pooled(whole, rng) for whole in whole_choices(part, features, batch=batch)]


def whole_choices(part: Part, features: Features, *, batch: int = BATCH) -> Iterator[Choices]:
    """The same with every item, one batch after the other: what a pool must not decide, how good a ranking is.

    Weights that were learned from a pool may be below 0, and then lift items to the top that no pool of each feature's
    best ones holds: among the pool the ranking is good, among all items it is not.
    """
    for start in range(0, part.histories.shape[0], batch):
        seen, wanted = part.histories[start : start + batch], part.wanted[start : start + batch]
        x = features(seen, part.people[start : start + batch])
        who = np.repeat(np.arange(seen.shape[0]), np.diff(wanted.indptr))
        taken: Any = read(seen, binary=True) + read(wanted, binary=True)
        yield Choices(x, taken.toarray() > 0, x[:, who, wanted.indices], who)


def _pooled(whole: Choices, rng: np.random.Generator) -> Choices:
    if whole.closed.shape[1] <= MOST_ITEMS:
        return whole
    items, closed = _pool(whole.others, whole.closed, rng)
    return replace(whole, others=np.take_along_axis(whole.others, items[None], axis=2), closed=closed)


def _pool(
    x: Floats, closed: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Items of each person, (people, width), and where one is no alternative or comes a second time."""
    people, n = closed.shape
    found = [np.broadcast_to(rng.choice(n, min(DRAWN, n), replace=False), (people, min(DRAWN, n)))]
    width = min(NEAREST, n)
    for feature in x:
        if (feature != feature[:, :1]).any():  # a feature of the person alone orders no items
            open_ = np.where(closed, -np.inf, feature)
            found.append(np.argpartition(-open_, width - 1, axis=1)[:, :width])
    items = np.sort(np.concatenate(found, axis=1), axis=1)
    useless = np.take_along_axis(closed, items, axis=1)
    useless[:, 1:] |= items[:, 1:] == items[:, :-1]
    width = int((~useless).sum(axis=1).max(initial=1))
    useful_first = np.argsort(useless, axis=1, kind="stable")[:, :width]
    return np.take_along_axis(items, useful_first, axis=1), np.take_along_axis(useless, useful_first, axis=1)


def fitted(batches: Sequence[Choices], features: int, ridge: float, *, positive: bool) -> Floats:
    """The weights that make the choices likeliest, (features,); all 1 where nobody chose anything."""
    pairs = sum(len(batch.who) for batch in batches)
    if not pairs:
        return np.ones(features, np.float32)

    def loss(w: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, slope = 0.0, np.zeros(features)
        for batch in batches:
            one, its = batch.surprise(w.astype(np.float32))
            value += one
            slope += its
        return value / pairs + ridge * float(w @ w) / 2, slope / pairs + ridge * w

    bounds = [(0 if positive else None, None)] * features
    from scipy.optimize import minimize  # 0.3 s to import, and serving never fits

    found = minimize(loss, np.full(features, 1 / features), jac=True, bounds=bounds, method="L-BFGS-B")
    weights: Floats = found.x.astype(np.float32)
    return weights
