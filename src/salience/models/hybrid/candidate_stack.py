"""A ranker over the candidates of several models: a conditional logit of their scores, or, where LightGBM is installed,
LambdaMART (Burges 2010, "From RankNet to LambdaRank to LambdaMART: An Overview"); see `ranker` for both.

With z_k the scores of model k, centred and over their spread, m their mean, f the popularity of an item and l the
length of the history (see `stack`), an item is a candidate where one of the models has it among its ``near`` best of
what is not in the history. Then

    score_i = order(z_1,i, ..., z_K,i, m_i, f_i, l)  of a candidate,     OUTSIDE + m_i  of any other item

What was held out teaches only where it was a candidate. If it taught wherever it lay, the order would learn that an
item which no model likes is one that somebody chose: among the examples it would be, in a ranking of all items it is
not. For the same reason ``near`` may not exceed the `NEAREST` of each model that the examples are drawn from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from salience.events.fault import InvalidInput
from salience.events.interactions import IdMap, Interactions, Matrix
from salience.models.graph.graph_filter import GraphFilter
from salience.models.hybrid.blend import scores_over_spread
from salience.models.hybrid.conditional_logit import NEAREST, Choices, Features
from salience.models.hybrid.hybrid import Hybrid
from salience.models.hybrid.parts import packed, unpacked
from salience.models.hybrid.ranker import Line, Order, learned, order_from
from salience.models.hybrid.stack import fame_of, length_of, usual_length
from salience.models.linear.slim import SLIM
from salience.models.model import Algorithm, Arrays, Floats, Model, People, people_of
from salience.models.neighbours.item_knn import ItemKNN
from salience.models.settings import not_negative, whole

OUTSIDE = -1e3  # below every candidate: leaves of so few trees stay within tens of 0
LEAST = 200  # people with a hit among their candidates from whom trees can be grown; fewer teach a line


@dataclass(frozen=True, eq=False)
class CandidateStacked(Model):
    """``parts``, the learned ``order``, ``fame`` f (items,), ``length`` as in `Stacked`, and how many are ``near``."""

    kind: ClassVar[str] = "candidate-stack"

    parts: tuple[Model, ...]
    order: Order
    fame: Floats
    length: Floats
    near: int

    def score(self, histories: Matrix) -> Floats:
        """The order's score of the candidates, (batch, items); other items far below, by the mean of the parts."""
        x = _features(self.parts, self.fame, self.length, self.near, histories, np.zeros(0, np.int64))
        return _ordered(self.order, x)

    def contributions(self, history: Matrix, item: int) -> Floats:
        """The parts' contributions over their spread, with equal weights; the rest of the score is shared equally."""
        out = np.zeros(history.nnz, np.float32)
        for part in self.parts:
            own = part.contributions(history, item)
            out += own / max(float(np.abs(own).sum()), 1e-12) / len(self.parts)
        rest = self.score(history)[0, item] - out.sum()
        return np.asarray(out + rest / max(1, history.nnz), dtype=np.float32)

    def arrays(self) -> Arrays:
        """The order under "order.", popularity, the scale of lengths, and the arrays of every part under its number."""
        own = {f"order.{name}": array for name, array in self.order.arrays().items()}
        return {**own, "fame": self.fame, "length": self.length, "near": np.array([self.near]), **packed(self.parts)}

    @classmethod
    def from_arrays(
        cls, items: IdMap, arrays: Mapping[str, NDArray[Any]], *, people: People | None = None
    ) -> CandidateStacked:
        """Check the shapes, then build the parts and the order."""
        parts = unpacked(items, arrays)
        fame, length = (arrays[name].astype(np.float32, copy=False) for name in ("fame", "length"))
        if fame.shape != (len(items),) or length.shape != (2,):
            raise ValueError(f"fame, length: shapes {fame.shape}, {length.shape}")
        order = order_from({name[6:]: array for name, array in arrays.items() if name[:6] == "order."}, len(parts) + 3)
        return cls(items, parts, order, fame, length, int(arrays["near"][0]), people=people)


@dataclass(frozen=True)
class CandidateStack(Hybrid):
    """``parts`` whose ``near`` best items are ranked by ``trees`` (0: by a line)."""

    name: ClassVar[str] = "candidate-stack"
    fits: ClassVar[type[Model]] = CandidateStacked
    space: ClassVar[Mapping[str, Sequence[Any]]] = {}

    parts: tuple[Algorithm, ...] = (GraphFilter(), ItemKNN(shrink=20.0), SLIM())
    trees: int = 50
    near: int = NEAREST

    def __post_init__(self) -> None:
        super().__post_init__()
        not_negative(trees=self.trees)
        whole(near=self.near)
        if self.near > NEAREST:
            raise InvalidInput("near", self.near, f"must be at most {NEAREST}", "examples are drawn from no more")

    def features(self, models: Sequence[Model], train: Interactions) -> Features:
        """Every z_k, m, f, l, and whether the item is a candidate: (parts + 4, batch, items)."""
        return partial(_features, models, fame_of(train.matrix), usual_length(train.matrix), self.near)

    def width(self, parts: int) -> int:
        """Every z_k, m, f, l and the gate."""
        return parts + 4

    def learned(self, batches: Sequence[Choices], *, seed: int = 0) -> Arrays:
        """The arrays of the order."""
        tables, bought, sizes = [], [], []
        for batch in batches:
            for person in range(len(batch.closed)):
                hit = batch.chosen[:, batch.who == person]
                hit = hit[:, hit[-1] > 0]
                miss = batch.others[:, person, ~batch.closed[person]]
                miss = miss[:, miss[-1] > 0]
                if hit.shape[1] and miss.shape[1]:
                    tables.append(np.concatenate([hit, miss], axis=1)[:-1].T)
                    bought.append(np.arange(len(tables[-1])) < hit.shape[1])
                    sizes.append(len(tables[-1]))
        wide = self.width(len(self.parts)) - 1
        if not tables:  # nothing to learn from: the parts count alike
            return Line(np.eye(wide)[-3], np.zeros(wide), np.ones(wide)).arrays()
        trees = self.trees if len(sizes) >= LEAST else 0
        x, hits = np.concatenate(tables), np.concatenate(bought)
        return learned(x, hits, np.array(sizes, np.int64), trees=trees, seed=seed).arrays()

    def rated(self, batch: Choices, how: Arrays) -> tuple[Floats, Floats]:
        """As a model of this order scores."""
        order = order_from(how, self.width(len(self.parts)) - 1)
        return _ordered(order, batch.others), _ordered(order, batch.chosen[:, None])[0]

    def settled(self, hows: Sequence[Arrays]) -> None:  # noqa: ARG002 - trees have no mean
        """Learn from everybody."""
        return

    def joined(self, models: Sequence[Model], train: Interactions, how: Arrays) -> CandidateStacked:
        """All parts, and the popularity of now."""
        parts = tuple(model.without_people() for model in models)
        order = order_from(how, len(parts) + 3)
        fame, length = fame_of(train.matrix), usual_length(train.matrix)
        people, settings = people_of(train), self.settings()
        return CandidateStacked(train.items, parts, order, fame, length, self.near, people=people, settings=settings)


def _features(
    models: Sequence[Model], fame: Floats, length: Floats, near: int, histories: Matrix, _: NDArray[np.int64]
) -> Floats:
    """Every z_k, m, f, l, and 1 for a candidate: (parts + 4, batch, items)."""
    scores = scores_over_spread(models, histories)
    x = np.zeros((len(scores) + 4, *histories.shape), np.float32)
    x[:-4], x[-4], x[-3], x[-2] = scores, scores.mean(axis=0), fame, length_of(histories, length)[:, None]
    rows = np.repeat(np.arange(histories.shape[0]), np.diff(histories.indptr))
    scores[:, rows, histories.indices] = -np.inf
    edge = max(histories.shape[1] - near, 0)
    if histories.shape[1]:
        reached = np.partition(scores, edge, axis=2)[:, :, edge, None]
        x[-1] = ((scores >= reached) & np.isfinite(scores)).any(axis=0)
    return x


def _ordered(order: Order, x: Floats) -> Floats:
    """What the order says of (features + 1, rows, items), of which the last feature is the gate: (rows, items)."""
    told: Floats = OUTSIDE + x[-4]
    told = told.astype(np.float32)
    row, item = np.nonzero(x[-1])
    told[row, item] = order.score(np.ascontiguousarray(x[:-1, row, item].T))
    return told
