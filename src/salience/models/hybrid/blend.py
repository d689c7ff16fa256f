"""A blend: a weighted sum of the scores of several models, with weights learned on held-out interactions.

Models score on scales of their own, so each is first put into units of its spread over the items that a person h could
still be given, sd_k(h); then, with weights w_k >= 0,

    score_i = sum over k of w_k s_k,i / sd_k(h)

(No mean is taken off: it is the same for all items of a person and changes no ranking, and without it the contributions
of a history's entries add up exactly where those of the parts do.) The weights are those of a conditional logit of what
was held out (see `conditional_logit`), kept at 0 or above, then moved to the best NDCG@k (see `weight_search`); parts
that add nothing get 0 and are dropped. After that the parts are fitted again, on everything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from salience.events.interactions import IdMap, Interactions, Matrix
from salience.models.graph.graph_filter import GraphFilter
from salience.models.hybrid.conditional_logit import Choices, Features, fitted
from salience.models.hybrid.hybrid import Hybrid
from salience.models.hybrid.parts import packed, unpacked
from salience.models.hybrid.weight_search import searched
from salience.models.linear.slim import SLIM
from salience.models.model import Algorithm, Arrays, Floats, Model, People, people_of
from salience.models.neighbours.item_knn import ItemKNN
from salience.models.settings import whole

NONE = 1e-3  # of the largest weight: less cannot be seen in a ranking


@dataclass(frozen=True, eq=False)
class Blended(Model):
    """``parts`` over the same items, and their ``weights``, (parts,) float32."""

    kind: ClassVar[str] = "blend"

    parts: tuple[Model, ...]
    weights: Floats

    def score(self, histories: Matrix) -> Floats:
        """The weighted sum of the parts' scores, each over its spread."""
        out = np.zeros(histories.shape, np.float32)
        for part, weight in zip(self.parts, self.weights, strict=True):
            scores = part.score(histories)
            out += scores * (weight / spread(scores, histories))[:, None]
        return out

    def contributions(self, history: Matrix, item: int) -> Floats:
        """The same weighted sum of the parts' contributions; exact where theirs are."""
        out = np.zeros(history.nnz, np.float32)
        for part, weight in zip(self.parts, self.weights, strict=True):
            scale = weight / spread(part.score(history), history)[0]
            out += scale * part.contributions(history, item)
        return out

    def arrays(self) -> Arrays:
        """The weights, and the arrays of every part under its number."""
        return {"weights": self.weights, **packed(self.parts)}

    @classmethod
    def from_arrays(cls, items: IdMap, arrays: Mapping[str, NDArray[Any]], *, people: People | None = None) -> Blended:
        """Check the number of weights, then build the parts."""
        parts = unpacked(items, arrays)
        weights = arrays["weights"].astype(np.float32, copy=False)
        if weights.shape != (len(parts),) or (weights < 0).any():
            raise ValueError(
                f"weights: shape {weights.shape}, not one weight of 0 or more for each of {len(parts)} parts"
            )
        return cls(items, parts, weights, people=people)


@dataclass(frozen=True)
class Blend(Hybrid):
    """``parts`` to blend; the weights are learned for NDCG@``k``."""

    name: ClassVar[str] = "blend"
    fits: ClassVar[type[Model]] = Blended
    space: ClassVar[Mapping[str, Sequence[Any]]] = {}

    parts: tuple[Algorithm, ...] = (GraphFilter(), ItemKNN(shrink=20.0), SLIM())
    k: int = 20

    def __post_init__(self) -> None:
        super().__post_init__()
        whole(k=self.k)

    def features(self, models: Sequence[Model], train: Interactions) -> Features:  # noqa: ARG002 - only the scores
        """Nothing but the scores, whoever it is."""
        return lambda histories, _: scores_over_spread(models, histories)

    def learned(self, batches: Sequence[Choices], *, seed: int = 0) -> Arrays:  # noqa: ARG002 - deterministic
        """``weights``, (parts,), of sum 1."""
        start = fitted(batches, self.width(len(self.parts)), self.ridge, positive=True)
        return {"weights": searched(batches, start, self.k)}

    def steadied(self, how: Arrays, share: float) -> Arrays:
        """The weights, moved by ``share`` towards equal ones for the parts that have any."""
        weights = how["weights"]
        some = weights > NONE * weights.max()
        return {"weights": ((1 - share) * weights + share * some / some.sum()).astype(np.float32)}

    def joined(self, models: Sequence[Model], train: Interactions, how: Arrays) -> Blended:
        """The parts that have a weight."""
        weights = how["weights"]
        kept = np.flatnonzero(weights > NONE * weights.max())
        parts = tuple(models[int(k)].without_people() for k in kept)
        return Blended(train.items, parts, weights[kept], people=people_of(train), settings=self.settings())


def spread(scores: Floats, histories: Matrix) -> Floats:
    """The standard deviation of each row over the items not in the history, (batch,); 1 where they all score alike."""
    rows = np.repeat(np.arange(len(scores)), np.diff(histories.indptr))
    own = scores[rows, histories.indices].astype(np.float64)
    left = np.maximum(scores.shape[1] - np.diff(histories.indptr), 1)
    mean = (scores.sum(axis=1, dtype=np.float64) - np.bincount(rows, own, len(scores))) / left
    apart = np.square(scores - mean[:, None], dtype=np.float64).sum(axis=1)
    apart -= np.bincount(rows, (own - mean[rows]) ** 2, len(scores))
    sd = np.sqrt(np.maximum(apart, 0) / left)
    scale: Floats = np.where(sd > 1e-7 * np.abs(mean) + 1e-30, sd, 1).astype(np.float32)
    return scale


def scores_over_spread(models: Sequence[Model], histories: Matrix) -> Floats:
    """Each model's scores, centred, over their spread: (models, batch, items)."""
    scores = np.empty((len(models), *histories.shape), np.float32)
    for k, model in enumerate(models):
        raw = model.score(histories)
        scores[k] = (raw - raw.mean(axis=1, keepdims=True)) / spread(raw, histories)[:, None]
    return scores
