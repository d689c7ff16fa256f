"""A stacked ranker: like `blend`, but how much a model counts may depend on the person, and popularity has a say.

With z_k the scores of model k, centred and over their spread, l the logarithm of the length of the history (centred and
scaled as it was in training) and f_i the logarithm of the number of people who took i, likewise:

    score_i = sum over k of (w_k + u_k l) z_k,i  +  (c + d l) f_i

A model of neighbours may be best for long histories and popularity for short ones; the u say so (Sill, Takacs, Mackey,
Lin 2009, "Feature-Weighted Linear Stacking"). All weights are those of one conditional logit of what was held out (see
`conditional_logit`). It has twice the parameters of a blend, so on small data the blend is the safer choice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from salience.events.interactions import IdMap, Interactions, Matrix
from salience.models.graph.graph_filter import GraphFilter
from salience.models.hybrid.blend import scores_over_spread, spread
from salience.models.hybrid.conditional_logit import Choices, Features, fitted
from salience.models.hybrid.hybrid import Hybrid
from salience.models.hybrid.parts import packed, unpacked
from salience.models.linear.slim import SLIM
from salience.models.model import Algorithm, Arrays, Floats, Model, People, people_of
from salience.models.neighbours.item_knn import ItemKNN


@dataclass(frozen=True, eq=False)
class Stacked(Model):
    """``parts``; ``weights`` (2, parts + 1): the rows w and u, the last column c and d; ``fame`` f, (items,).

    ``length`` (2,): l is (ln(1 + entries) - length[0]) / length[1].
    """

    kind: ClassVar[str] = "stack"

    parts: tuple[Model, ...]
    weights: Floats
    fame: Floats
    length: Floats

    def score(self, histories: Matrix) -> Floats:
        """The weighted sum, with the weights of each history."""
        weights = self.weights_of(histories)
        out = weights[:, -1:] * self.fame
        for k, scores in enumerate(scores_over_spread(self.parts, histories)):
            out += weights[:, [k]] * scores
        dense: Floats = out.astype(np.float32)
        return dense

    def weights_of(self, histories: Matrix) -> Floats:
        """w_k + u_k l of each history, (batch, parts + 1)."""
        weights: Floats = np.multiply.outer(length_of(histories, self.length), self.weights[1]) + self.weights[0]
        return weights

    def contributions(self, history: Matrix, item: int) -> Floats:
        """The parts' contributions, weighted; what they leave of the score (popularity, centres) is shared equally."""
        weights = self.weights_of(history)[0]
        out = np.zeros(history.nnz, np.float32)
        for part, weight in zip(self.parts, weights[:-1], strict=True):
            out += weight / spread(part.score(history), history)[0] * part.contributions(history, item)
        rest = self.score(history)[0, item] - out.sum()
        return np.asarray(out + rest / max(1, history.nnz), dtype=np.float32)

    def arrays(self) -> Arrays:
        """Weights, popularity, the scale of lengths, and the arrays of every part under its number."""
        return {"weights": self.weights, "fame": self.fame, "length": self.length, **packed(self.parts)}

    @classmethod
    def from_arrays(cls, items: IdMap, arrays: Mapping[str, NDArray[Any]], *, people: People | None = None) -> Stacked:
        """Check the shapes, then build the parts."""
        parts = unpacked(items, arrays)
        weights, fame, length = (arrays[name].astype(np.float32, copy=False) for name in ("weights", "fame", "length"))
        if weights.shape != (2, len(parts) + 1) or fame.shape != (len(items),) or length.shape != (2,):
            raise ValueError(f"weights, fame, length: shapes {weights.shape}, {fame.shape}, {length.shape}")
        return cls(items, parts, weights, fame, length, people=people)


@dataclass(frozen=True)
class Stack(Hybrid):
    """``parts`` to stack."""

    name: ClassVar[str] = "stack"
    fits: ClassVar[type[Model]] = Stacked
    space: ClassVar[Mapping[str, Sequence[Any]]] = {}

    parts: tuple[Algorithm, ...] = (GraphFilter(), ItemKNN(shrink=20.0), SLIM())

    def features(self, models: Sequence[Model], train: Interactions) -> Features:
        """Every z_k, f, and the same times l: (2 (parts + 1), batch, items)."""
        return partial(_features, models, fame_of(train.matrix), usual_length(train.matrix))

    def width(self, parts: int) -> int:
        """Every z_k and f, twice."""
        return 2 * (parts + 1)

    def learned(self, batches: Sequence[Choices], *, seed: int = 0) -> Arrays:  # noqa: ARG002 - deterministic
        """``weights``, (2, parts + 1)."""
        found = fitted(batches, 2 * (len(self.parts) + 1), self.ridge, positive=False)
        return {"weights": found.reshape(2, -1)}

    def joined(self, models: Sequence[Model], train: Interactions, how: Arrays) -> Stacked:
        """All parts, and the popularity of now."""
        parts = tuple(model.without_people() for model in models)
        fame, length = fame_of(train.matrix), usual_length(train.matrix)
        people, settings = people_of(train), self.settings()
        return Stacked(train.items, parts, how["weights"], fame, length, people=people, settings=settings)


def usual_length(X: Matrix) -> Floats:
    """Mean and standard deviation of ln(1 + entries) over the histories, (2,)."""
    logs = np.log1p(np.diff(X.indptr).astype(np.float32))
    return np.array([logs.mean(), max(float(logs.std()), 1e-6)] if len(logs) else [0, 1], np.float32)


def fame_of(X: Matrix) -> Floats:
    """ln(1 + people) of each item, centred and scaled to 1."""
    fame = np.log1p(np.bincount(X.indices, minlength=X.shape[1]))
    scaled: Floats = ((fame - fame.mean()) / max(float(fame.std()), 1e-6)).astype(np.float32)
    return scaled


def length_of(histories: Matrix, length: Floats) -> Floats:
    """l of each history, (batch,)."""
    return np.asarray((np.log1p(np.diff(histories.indptr)) - length[0]) / length[1], dtype=np.float32)


def _features(models: Sequence[Model], fame: Floats, length: Floats, histories: Matrix, _: NDArray[np.int64]) -> Floats:
    """Every z_k, f, and the same times l: (2 (parts + 1), batch, items)."""
    scores = scores_over_spread(models, histories)
    plain = np.concatenate([scores, np.broadcast_to(fame, (1, *histories.shape))])
    return np.concatenate([plain, plain * length_of(histories, length)[None, :, None]])
