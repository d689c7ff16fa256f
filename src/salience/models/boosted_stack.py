"""A stacked ranker of trees: the parts' best candidates, in the order that LambdaMART learned (`ranker`; Burges 2010).

With z_k the scores of part k, centred and over their spread, f_i the popularity of an item and l the length of the
history (both as in `stack`), a candidate is the row of numbers

    x_ui = (z_1, ..., z_K, f_i, l_u)

and its score the sum of the leaves that x falls into. Trees find what a sum of weights cannot say: that one part is to
be trusted where another is silent, or on rare items only. Candidates are the best `CANDIDATES` of every part; all other
items stand below them, in the order of the mean of the z_k. Without LightGBM (the ``rank`` extra) the order is a line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from salience.events.interactions import IdMap, Interactions, Matrix
from salience.models.blend import scores_over_spread, spread
from salience.models.conditional_logit import Choices, Features
from salience.models.graph_filter import GraphFilter
from salience.models.hybrid import Hybrid
from salience.models.item_knn import ItemKNN
from salience.models.model import Algorithm, Arrays, Floats, Model, People, people_of
from salience.models.parts import packed, unpacked
from salience.models.ranker import Line, Order, learned, order_from
from salience.models.settings import not_negative
from salience.models.slim import SLIM
from salience.models.stack import fame_of, length_of, usual_length

CANDIDATES = 50  # of each part
ROWS = 300_000  # candidates that are learned from: a few seconds of boosting
BELOW = -1e3  # far below any sum of leaves


@dataclass(frozen=True, eq=False)
class BoostedStack(Model):
    """``parts``, the learned ``order`` of their candidates, ``fame`` f (items,), ``length`` (2,) as in `stack`."""

    kind: ClassVar[str] = "boosted-stack"

    parts: tuple[Model, ...]
    order: Order
    fame: Floats
    length: Floats

    def score(self, histories: Matrix) -> Floats:
        """Of candidates what the trees say; of all others their mean score, far below."""
        x = _features(self.parts, self.fame, self.length, histories, np.zeros(0, np.int64))
        z = x[: len(self.parts)]
        out: Floats = BELOW + z.mean(axis=0)
        width = min(CANDIDATES, z.shape[2])
        if not z.size:
            return out
        seen = np.repeat(np.arange(histories.shape[0]), np.diff(histories.indptr)), histories.indices
        open_ = np.zeros(histories.shape, dtype=bool)
        for scores in z:
            fresh = scores.copy()
            fresh[seen] = -np.inf
            np.put_along_axis(open_, np.argpartition(-fresh, width - 1, axis=1)[:, :width], values=True, axis=1)
        rows, items = np.nonzero(open_)
        out[rows, items] = self.order.score(x[:, rows, items].T)
        return out

    def contributions(self, history: Matrix, item: int) -> Floats:
        """The parts' contributions, counted alike; what they leave of the score is shared equally.

        A tree is no sum over the entries of a history, so this says what spoke for an item, not how trees weighed it.
        """
        out = np.zeros(history.nnz, np.float32)
        for part in self.parts:
            out += part.contributions(history, item) / spread(part.score(history), history)[0]
        rest = self.score(history)[0, item] - out.sum()
        return np.asarray(out + rest / max(1, history.nnz), dtype=np.float32)

    def arrays(self) -> Arrays:
        """The order under "order.", popularity, the scale of lengths, and every part's arrays under its number."""
        order = {f"order.{name}": array for name, array in self.order.arrays().items()}
        return {"fame": self.fame, "length": self.length, **order, **packed(self.parts)}

    @classmethod
    def from_arrays(
        cls, items: IdMap, arrays: Mapping[str, NDArray[Any]], *, people: People | None = None
    ) -> BoostedStack:
        """Check the shapes and the trees, then build the parts."""
        parts = unpacked(items, arrays)
        prefix = "order."
        own = {name[len(prefix) :]: array for name, array in arrays.items() if name.startswith(prefix)}
        fame, length = (arrays[name].astype(np.float32, copy=False) for name in ("fame", "length"))
        if fame.shape != (len(items),) or length.shape != (2,):
            raise ValueError(f"fame, length: shapes {fame.shape}, {length.shape}")
        return cls(items, parts, order_from(own, len(parts) + 2), fame, length, people=people)


@dataclass(frozen=True)
class Boosted(Hybrid):
    """``parts`` to stack by ``trees`` trees (0: a line)."""

    name: ClassVar[str] = "boosted-stack"
    fits: ClassVar[type[Model]] = BoostedStack
    space: ClassVar[Mapping[str, Sequence[Any]]] = {}

    parts: tuple[Algorithm, ...] = (GraphFilter(), ItemKNN(shrink=20.0), SLIM())
    trees: int = 100

    def __post_init__(self) -> None:
        super().__post_init__()
        not_negative(trees=self.trees)

    def width(self, parts: int) -> int:
        """Every z_k, f and l."""
        return parts + 2

    def features(self, models: Sequence[Model], train: Interactions) -> Features:
        """x of the module's equation for every item, (features, batch, items)."""
        return partial(_features, models, fame_of(train.matrix), usual_length(train.matrix))

    def learned(self, batches: Sequence[Choices], *, seed: int = 0) -> Arrays:
        """The arrays of the order, from people drawn at random up to `ROWS` candidates; of nobody, all parts alike."""
        rows = sum(int((~batch.closed).sum()) + len(batch.who) for batch in batches)
        rng = np.random.default_rng(seed)
        tables = [_table(batch, rng.random(len(batch.closed)) < ROWS / max(1, rows)) for batch in batches]
        if not any(bought.any() for _, bought, _ in tables):
            tables = [_table(batch, np.ones(len(batch.closed), dtype=bool)) for batch in batches]
        if not any(bought.any() for _, bought, _ in tables):
            alike = np.array([1.0] * len(self.parts) + [0.0, 0.0])
            return Line(alike, np.zeros(len(alike)), np.ones(len(alike))).arrays()
        x, bought, sizes = (np.concatenate(column) for column in zip(*tables, strict=True))
        return learned(x, bought, sizes, trees=self.trees, seed=seed).arrays()

    def rated(self, batch: Choices, how: Arrays) -> tuple[Floats, Floats]:
        """What the order says of both."""
        order = order_from(how, len(batch.others))
        others = np.full(batch.closed.shape, -np.inf, np.float32)
        others[~batch.closed] = order.score(batch.others[:, ~batch.closed].T)
        return others, order.score(batch.chosen.T)

    def settled(self, hows: Sequence[Arrays]) -> None:  # noqa: ARG002 - trees have no mean
        """Learn once more, from everybody."""
        return

    def joined(self, models: Sequence[Model], train: Interactions, how: Arrays) -> BoostedStack:
        """All parts, and the popularity of now."""
        parts = tuple(model.without_people() for model in models)
        order = order_from(how, self.width(len(parts)))
        fame, length = fame_of(train.matrix), usual_length(train.matrix)
        people, settings = people_of(train), self.settings()
        return BoostedStack(train.items, parts, order, fame, length, people=people, settings=settings)


def _features(models: Sequence[Model], fame: Floats, length: Floats, histories: Matrix, _: NDArray[np.int64]) -> Floats:
    scores = scores_over_spread(models, histories)
    f = np.broadcast_to(fame, (1, *histories.shape))
    long = np.broadcast_to(length_of(histories, length)[None, :, None], (1, *histories.shape))
    return np.concatenate([scores, f, long])


def _table(batch: Choices, drawn: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.bool_], NDArray[np.int64]]:
    """Rows of the drawn people who chose something, person by person, whether each was chosen, and rows per person."""
    drawn = drawn & (np.bincount(batch.who, minlength=len(drawn)) > 0)
    person, place = np.nonzero(~batch.closed & drawn[:, None])
    mine = drawn[batch.who]
    x = np.concatenate([batch.others[:, person, place], batch.chosen[:, mine]], axis=1).T
    owner = np.concatenate([person, batch.who[mine]])
    bought = np.concatenate([np.zeros(len(person), dtype=bool), np.ones(int(mine.sum()), dtype=bool)])
    order = np.argsort(owner, kind="stable")
    sizes = np.bincount(owner, minlength=len(drawn)).astype(np.int64)
    return np.ascontiguousarray(x[order], np.float32), bought[order], sizes[sizes > 0]


__all__ = ["Boosted", "BoostedStack"]
