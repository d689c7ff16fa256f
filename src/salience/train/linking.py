"""Friend links in `bench topn`: a blend that has what is around a person as one more part.

With the parts' scores s_k and ``around`` as in `models.graph.linked`: what the friends took, each counting less
the more there are,

    score_i = sum over k of w_k s_k,i / sd_k  +  f around_u,i / sd(around_u)

All weights are learned together, as those of a blend, so links that say nothing get little or no f.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.ids import IdMap
from salience.events.interactions import Interactions, Matrix
from salience.models.graph.linked import around
from salience.models.hybrid.blend import Blend, Blended, scores_over_spread, spread
from salience.models.hybrid.conditional_logit import Features
from salience.models.model import Arrays, Floats, Model


@dataclass(frozen=True, eq=False)
class BesideFriends:
    """``own``: a fitted blend; ``friends``: the weight f."""

    own: Model
    friends: float

    def score(self, histories: Matrix, near: Matrix) -> Floats:
        """Scores of every item, (batch, items), of each history and of what is around it."""
        dense: Floats = near.toarray()
        scored: Floats = self.own.score(histories) + (self.friends / spread(dense, histories))[:, None] * dense
        return scored.astype(np.float32)


@dataclass(frozen=True)
class WithLinks(Blend):
    """A `Blend` of ``parts`` and of the friends by ``links``, (users, users)."""

    name: ClassVar[str] = "linked"

    links: Matrix = field(default_factory=lambda: linked_users(IdMap.of(()), ()), compare=False, repr=False)

    def width(self, parts: int) -> int:
        """The parts, then the friends."""
        return parts + 1

    def features(self, models: Sequence[Model], train: Interactions) -> Features:
        """The scores of the parts and of the friends, centred, over their spread."""
        return partial(_features, models, around(train.matrix, self.links))

    def joined(self, models: Sequence[Model], train: Interactions, how: Arrays) -> Blended:
        """The blend alone, with its share of the weights; see `beside` for the rest."""
        return super().joined(models, train, {"weights": how["weights"][:-1]})

    def beside(self, models: Sequence[Model], train: Interactions, how: Arrays) -> BesideFriends:
        """The blend and the friends."""
        return BesideFriends(self.joined(models, train, how), float(how["weights"][-1]))

    def settings(self) -> dict[str, Any]:
        """Those of the blend, and how many links there are."""
        plain = Blend(self.parts, self.folds, self.fraction, self.ridge, k=self.k)
        return {**plain.settings(), "links": int(self.links.nnz)}


def linked_users(users: IdMap, pairs: Iterable[tuple[str, str]]) -> Matrix:
    """A 1 where the row's user is linked with the column's, CSR (users, users); strangers and oneself are left out.

    >>> linked_users(IdMap.of("ab"), [("a", "b"), ("a", "b"), ("a", "a"), ("a", "stranger")]).toarray().tolist()
    [[0.0, 1.0], [0.0, 0.0]]
    """
    known = {(users.codes[a], users.codes[b]) for a, b in pairs if a != b and a in users.codes and b in users.codes}
    rows, columns = np.array(sorted(known), dtype=np.int64).reshape(-1, 2).T
    table: Matrix = sparse.csr_array((np.ones(len(rows), np.float32), (rows, columns)), shape=(len(users), len(users)))
    return table


def _features(models: Sequence[Model], near: Matrix, histories: Matrix, people: NDArray[np.int64]) -> Floats:
    friends: Floats = near[people].toarray()
    friends = (friends - friends.mean(axis=1, keepdims=True)) / spread(friends, histories)[:, None]
    return np.concatenate([scores_over_spread(models, histories), friends[None]])
