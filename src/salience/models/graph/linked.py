"""Trust and friend links as a signal: what your friends took, beside what your own history says.

With N(u) the people that u is linked with, the signal is how many of them took an item, each friend counting less the
more friends u has; it joins the scores of any model, each over its spread as in `blend`:

    around_u = |N(u)|^-1/2 sum over v in N(u) of h_v,       score_i = w s_i(h_u) / sd(s) + f around_u,i / sd(around_u)

This is the weighted sum of own taste and trusted taste of Ma, King, Lyu 2009 ("Learning to Recommend with Social Trust
Ensemble"). The two weights are those of a conditional logit of what was held out (see `conditional_logit`), so links
that say nothing get f = 0. A history is all that a `Model` sees, so the friends' part is an argument of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.fault import InvalidInput
from salience.events.interactions import Interactions, Matrix
from salience.models.histories import read
from salience.models.hybrid.blend import scores_over_spread, spread
from salience.models.hybrid.conditional_logit import Choices, choices, fitted
from salience.models.hybrid.held_out import cuts
from salience.models.model import Algorithm, Floats, Model
from salience.models.settings import positive, whole


@dataclass(frozen=True, eq=False)
class LinkedModel:
    """A fitted ``model`` of histories, and the weights of it and of the friends."""

    model: Model
    own: float
    friends: float

    def score(self, histories: Matrix, around: Matrix) -> Floats:
        """Scores of every item, (batch, items): of each history, and of what is ``around`` it (see `around`)."""
        scores = self.model.score(histories)
        near: Floats = around.toarray()
        own = (self.own / spread(scores, histories))[:, None]
        friends = (self.friends / spread(near, histories))[:, None]
        return (own * scores + friends * near).astype(np.float32)


@dataclass(frozen=True)
class Linked:
    """The ``base`` algorithm with links; the weights are learned on ``folds`` cuts of ``fraction`` of each history."""

    base: Algorithm
    folds: int = 2
    fraction: float = 0.2
    ridge: float = 1e-3

    def __post_init__(self) -> None:
        whole(folds=self.folds)
        positive(ridge=self.ridge)

    def fit(self, data: Interactions, links: Matrix, *, seed: int = 0) -> LinkedModel:
        """``links``: (users, users), an entry where the row's person is linked with the column's."""
        if links.shape != (len(data.users), len(data.users)):
            raise InvalidInput("links", links.shape, f"must be users x users, {len(data.users):,} each way")
        batches: list[Choices] = []
        for cut in cuts(data, self.folds, self.fraction, seed):
            model, near = self.base.fit(cut.train, seed=seed), around(cut.train.matrix, links)
            batches += choices(cut, partial(_both, model, near), seed)
        own, friends = fitted(batches, 2, self.ridge, positive=True)
        return LinkedModel(self.base.fit(data, seed=seed).without_people(), float(own), float(friends))


def around(histories: Matrix, links: Matrix) -> Matrix:
    """What is around each person, CSR (users, items), from the ``histories`` of all and their ``links``."""
    count = np.maximum(np.diff(links.indptr), 1).astype(np.float32)
    share = np.repeat(count**-0.5, np.diff(links.indptr))
    weighted = sparse.csr_array((share, links.indices, links.indptr), shape=links.shape)
    near: Matrix = weighted @ read(histories, binary=True)
    return near


def _both(model: Model, near: Matrix, histories: Matrix, people: NDArray[np.int64]) -> Floats:
    """The model's scores and the friends', centred, over their spread: (2, batch, items)."""
    friends: Floats = near[people].toarray()
    friends = (friends - friends.mean(axis=1, keepdims=True)) / spread(friends, histories)[:, None]
    return np.concatenate([scores_over_spread([model], histories), friends[None]])
