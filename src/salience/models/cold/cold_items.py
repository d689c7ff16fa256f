"""Scores for items that a model never saw, from what the catalogue says of them: ridge regression of content on scores.

After Gantner, Drumond, Freudenthaler, Rendle & Schmidt-Thieme 2010, "Learning Attribute-to-Feature Mappings for
Cold-Start Recommendations". With x_i the content of item i (see `card_features`, centred on its mean) and s_i(h) the
model's score of the known item i, the ridge solution B = (X'X + l2 I)^-1 X' S predicts for a new item with content x

    s(h) = mean of s(h) + x B = mean + sum over i of a_i s_i(h),        a = x (X'X + l2 I)^-1 X'

so a new item borrows the scores of known ones, in parts ``a`` that do not depend on the person. Ridge is linear in its
targets, so this *is* the mapping to item factors (where s_i(h) = p(h) . q_i: the new item's factors are sum a_i q_i)
and to columns of an item-item matrix (sum a_i W[:, i]) alike, and it needs nothing of the model but its scores.
``l2`` is the one with the least leave-one-out error, which ridge has in closed form: (s_i - s^_i) / (1 - H_ii).
A mapped score is an expectation, in the units of the model's own scores: it is comparable, and it is never -inf.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.interactions import Interactions, Matrix
from salience.events.kinds import Item
from salience.models.cold.card_features import hashed, rarity, weighed
from salience.models.files import sparse_arrays, sparse_from
from salience.models.model import Arrays, Floats, Model

RIDGES = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
PEOPLE = 200
"""Histories that the ridge is chosen on."""
NEAREST = 100
"""Known items that a new one borrows from; the rest of their weights is dropped."""


@dataclass(frozen=True, eq=False)
class ColdItems:
    """``content``: known items x features; ``weights`` of the features; ``system``: (X'X + l2 I)^-1 on the used ones.

    ``used`` are the columns that any known item has, (f,); ``mean`` their mean over known items, (f,).
    """

    content: Matrix
    weights: Floats
    used: NDArray[np.int64]
    mean: Floats
    system: Floats
    l2: float

    def borrowed(self, cards: Sequence[Item | None]) -> Matrix:
        """From which known items each new one borrows: (cards, known items), `NEAREST` at most in a row.

        Undescribed items, and those described in words that no known item has, borrow from all alike: from the mean,
        which `score` adds to every row. So their row is empty.
        """
        features = weighed(hashed(cards), self.weights)[:, self.used]
        solved = (features.toarray() - self.mean) @ self.system
        known = self.content[:, self.used]
        parts = (known @ solved.T).T - (solved @ self.mean)[:, None]
        parts[np.diff(features.indptr) == 0] = 0
        if parts.shape[1] > NEAREST:
            least = np.partition(np.abs(parts), -NEAREST, axis=1)[:, [-NEAREST]]
            parts = np.where(np.abs(parts) >= least, parts, 0)
        return sparse.csr_array(parts.astype(np.float32))

    @staticmethod
    def score(borrowed: Matrix, scores: Floats) -> Floats:
        """Scores of new items, (batch, new), from those of the known ones, (batch, known)."""
        mean = scores.mean(axis=1, keepdims=True)
        mapped: Floats = ((scores - mean) @ borrowed.T) + mean
        return mapped

    def arrays(self) -> Arrays:
        """What must be saved, by name."""
        named: Arrays = {"weights": self.weights, "used": self.used, "mean": self.mean, "system": self.system}
        return {**sparse_arrays(self.content, "content."), **named, "l2": np.array(self.l2)}

    @classmethod
    def from_arrays(cls, items: int, arrays: Mapping[str, NDArray[Any]]) -> ColdItems:
        """The inverse of `arrays`; ValueError where the shapes do not fit."""
        weights, used, mean, system = (arrays[name] for name in ("weights", "used", "mean", "system"))
        if mean.shape != used.shape or system.shape != 2 * used.shape or (len(used) and used.max() >= len(weights)):
            raise ValueError(f"used, mean, system: shapes {used.shape}, {mean.shape}, {system.shape} do not fit")
        content = sparse_from(arrays, "content.", (items, len(weights)))
        return cls(content, weights, used, mean, system, float(arrays["l2"].item()))


def fit(model: Model, data: Interactions, cards: Sequence[Item | None], *, seed: int = 0) -> ColdItems | None:
    """Learn the mapping for ``model`` on the cards of its items; None where no item is described.

    ``data``: whose histories the ridge is chosen on, over the same items.
    """
    raw = hashed(cards)
    used = np.unique(raw.indices).astype(np.int64)
    if not len(used) or not len(data.users):
        return None
    weights = rarity(raw)
    content = weighed(raw, weights)
    X = content[:, used].toarray().astype(np.float64)
    mean = X.mean(axis=0)
    X -= mean
    people = np.random.default_rng(seed).permutation(len(data.users))[:PEOPLE]
    S = model.score(data.matrix[np.sort(people)]).astype(np.float64).T
    S -= S.mean(axis=0)
    S /= np.maximum(np.linalg.norm(S, axis=0), 1e-12)  # every person counts the same
    values, vectors = np.linalg.eigh(X.T @ X)
    values = np.maximum(values, 0)
    XV = X @ vectors
    projected = XV.T @ S
    errors = []
    for l2 in RIDGES:
        shrunk = XV / (values + l2)
        leverage = np.einsum("ij,ij->i", shrunk, XV) + 1 / len(X)
        left = (S - shrunk @ projected) / np.maximum(1 - leverage, 1e-6)[:, None]
        errors.append(float(np.square(left).sum()))
    l2 = RIDGES[int(np.argmin(errors))]
    system = (vectors / (values + l2)) @ vectors.T
    return ColdItems(content, weights, used, mean.astype(np.float32), system.astype(np.float32), l2)
