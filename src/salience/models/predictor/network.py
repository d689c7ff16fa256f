"""A small neural network: one hidden layer, learned by Adam on the log loss with weight decay.

    P(c | x) = softmax(V relu(U z + a) + b)_c,   averaged over ``members`` that start differently

Half of the hidden units are silent in each step (dropout, Srivastava et al. 2014), so that none relies on another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from salience.models.adam import Adam
from salience.models.model import Arrays
from salience.models.predictor import target
from salience.models.predictor.columns import LEVELS, Floats, Rows
from salience.models.predictor.logistic import Scale
from salience.models.predictor.predictor import Codes, Learner, Predictor, shares, softmax
from salience.models.predictor.target import Statistics
from salience.models.settings import not_negative, positive, whole

Small = NDArray[np.float32]
BATCH = 256
KEPT = 0.5  # of the hidden units in a step


@dataclass(frozen=True, eq=False)
class Layers(Predictor):
    """``u`` (members, columns, hidden), ``a`` (members, hidden), ``v`` (members, hidden, classes), ``b`` (members,
    classes)."""

    kind: ClassVar[str] = "network"

    scale: Scale
    u: Small
    a: Small
    v: Small
    b: Small
    statistics: Statistics

    def log_odds(self, rows: Rows) -> Floats:
        """The mean of the members' log odds."""
        z = self.scale.apart(np.hstack([rows.flat, self.statistics.encode(rows)])).astype(np.float32)
        told = np.zeros((len(z), self.b.shape[1]))
        for u, a, v, b in zip(self.u, self.a, self.v, self.b, strict=True):
            told += np.maximum(z @ u + a, 0) @ v + b
        return told / len(self.u)

    def arrays(self) -> Arrays:
        """Nine arrays."""
        own: Arrays = {"u": self.u, "a": self.a, "v": self.v, "b": self.b}
        return own | self.scale.arrays() | self.statistics.arrays()

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Layers:
        """The inverse."""
        u, a, v, b = (arrays[name] for name in "uavb")
        scale = Scale(arrays["centre"], arrays["width"])
        members, columns, hidden = u.shape
        sound = a.shape == (members, hidden) and v.shape == (members, hidden, b.shape[1]) and len(b) == members
        if not sound or columns != len(scale.centre) or not members:
            raise ValueError("u, a, v, b: must fit each other and the columns")
        return cls(scale, u, a, v, b, Statistics.from_arrays(arrays))


@dataclass(frozen=True)
class Network(Learner):
    """``decay``: how far each step pulls the weights towards 0."""

    hidden: int = 48
    epochs: int = 15
    rate: float = 0.003
    decay: float = 0.01
    members: int = 3
    name: ClassVar[str] = "neural network"
    fits: ClassVar[type[Predictor]] = Layers

    def __post_init__(self) -> None:
        whole(hidden=self.hidden, epochs=self.epochs, members=self.members)
        positive(rate=self.rate)
        not_negative(decay=self.decay)

    def fit(self, rows: Rows, y: Codes, classes: int, *, weight: Floats | None = None, seed: int = 0) -> Layers:
        """Each member from a start of its own."""
        statistics, own = target.learned(rows, y, classes, least=LEVELS + 2, weight=weight, seed=seed)
        x = np.hstack([rows.flat, own])
        scale = Scale.of(x, weight)
        z, hits = scale.apart(x).astype(np.float32), np.eye(classes, dtype=np.float32)[y]
        w = np.ones(len(y)) if weight is None else weight / max(float(weight.mean()), 1e-12)
        prior = np.log(shares(y, classes, weight)).astype(np.float32)
        made = [self._member(z, hits, w.astype(np.float32), prior, seed + 7919 * n) for n in range(self.members)]
        u, a, v, b = (np.stack(part) for part in zip(*made, strict=True))
        return Layers(scale, u, a, v, b, statistics)

    def _member(self, z: Small, hits: Small, w: Small, prior: Small, seed: int) -> tuple[Small, ...]:
        rng = np.random.default_rng(seed)
        columns, classes = z.shape[1], hits.shape[1]
        u = (rng.normal(size=(columns, self.hidden)) * np.sqrt(2 / max(columns, 1))).astype(np.float32)
        a, v = np.zeros(self.hidden, np.float32), np.zeros((self.hidden, classes), np.float32)
        parts = (u, a, v, b := prior.copy())
        adam = Adam(parts, self.rate)
        for _ in range(self.epochs):
            order = rng.permutation(len(z))
            for start in range(0, len(z), BATCH):
                some = order[start : start + BATCH]
                inside = z[some] @ u + a
                alive = (inside > 0) * ((rng.random(inside.shape) < KEPT) / KEPT).astype(np.float32)
                outside = inside * alive
                wrong = (softmax(outside @ v + b) - hits[some]) * w[some, None] / len(some)
                wrong = wrong.astype(np.float32)
                back = (wrong @ v.T) * alive
                adam.step([z[some].T @ back + self.decay / 100 * u, back.sum(0),
                           outside.T @ wrong + self.decay / 100 * v, wrong.sum(0)])  # fmt: skip
        return parts
