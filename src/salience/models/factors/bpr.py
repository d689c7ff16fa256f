"""BPR: Bayesian personalised ranking from pairs (Rendle, Freudenthaler, Gantner, Schmidt-Thieme 2009).

For a person u, an item i that u took and an item j, drawn evenly, that u did not take, maximise

    sum of ln sigmoid(s_ui - s_uj)  -  reg/2 (|v|^2 + |q|^2 + b^2)

BPR says what to learn, not which scores. Here they are those of FISM (Kabbur, Ning, Karypis 2013), where a person is
the mean of what they took, so that a new person needs no fitting:

    s_ui = b_i + |h|^-1/2 sum over l in h, l != i, of v_l . q_i

While learning, the item is left out of its own explanation; else every item would learn to recommend itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from salience.events.interactions import Interactions, Matrix
from salience.models.adam import Adam
from salience.models.factors.history_factors import HistoryFactors, scaled
from salience.models.histories import read
from salience.models.model import Algorithm, Floats, Model, people_of
from salience.models.settings import not_negative, positive, whole

POWER = 0.5


@dataclass(frozen=True)
class BPR(Algorithm):
    """``factors`` k, ``rate`` of Adam, ``reg``, ``epochs`` over all pairs in batches of ``batch``."""

    name: ClassVar[str] = "bpr"
    fits: ClassVar[type[Model]] = HistoryFactors
    space: ClassVar[Mapping[str, Sequence[Any]]] = {
        "factors": (32, 64),
        "rate": (0.002, 0.005),
        "reg": (0.01, 0.1, 1.0),
        "epochs": (10, 20, 40),
    }

    factors: int = 64
    rate: float = 0.005
    reg: float = 0.1
    epochs: int = 20
    batch: int = 1024

    def __post_init__(self) -> None:
        whole(factors=self.factors, epochs=self.epochs, batch=self.batch)
        positive(rate=self.rate)
        not_negative(reg=self.reg)

    def fit(self, data: Interactions, *, seed: int = 0) -> HistoryFactors:
        """Adam over shuffled pairs; ``seed`` draws the start, the order and the items not taken."""
        X = read(data.matrix, binary=True)
        n = len(data.items)
        rng = np.random.default_rng(seed)
        V, Q = (rng.standard_normal((2, n, self.factors)) / 10 / np.sqrt(self.factors)).astype(np.float32)
        b = np.zeros(n, np.float32)
        H = scaled(X, POWER)
        owner = np.repeat(np.arange(X.shape[0]), np.diff(X.indptr))
        learner = Adam((V, Q, b), self.rate)
        for _ in range(self.epochs if n > 1 else 0):
            order = rng.permutation(X.nnz)
            for start in range(0, len(order), self.batch):
                entries = order[start : start + self.batch]
                learner.step(self._gradient(H, owner[entries], entries, (V, Q, b), rng))
        return HistoryFactors(data.items, V, Q, b, POWER, binary=True, people=people_of(data), settings=self.settings())

    def _gradient(
        self,
        H: Matrix,
        users: NDArray[np.int64],
        entries: NDArray[np.int64],
        parameters: tuple[Floats, Floats, Floats],
        rng: np.random.Generator,
    ) -> tuple[Floats, Floats, Floats]:
        """Of the mean loss over the pairs (user, the item of the entry, an item not taken)."""
        V, Q, b = parameters
        taken = H.indices[entries]
        other = _not_taken(H, users, rng)
        own = H.data[entries][:, None]
        rows = H[users]
        person = rows @ V - own * V[taken]
        apart = Q[taken] - Q[other]
        margin = b[taken] - b[other] + np.einsum("rk,rk->r", person, apart)
        slope = (-1 / (1 + np.exp(margin)) / len(users)).astype(np.float32)[:, None]
        towards = slope * apart
        decay = np.float32(self.reg / H.nnz)
        gV, gQ, gb = decay * V, decay * Q, decay * b
        gV += rows.T @ towards
        np.subtract.at(gV, taken, own * towards)
        np.add.at(gQ, taken, slope * person)
        np.subtract.at(gQ, other, slope * person)
        np.add.at(gb, taken, slope[:, 0])
        np.subtract.at(gb, other, slope[:, 0])
        return gV, gQ, gb


def _not_taken(H: Matrix, users: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """An item per user, drawn evenly; once more where the user has it. The rare second miss costs a little noise."""
    n = H.shape[1]
    drawn = rng.integers(0, n, len(users))
    has = np.asarray(H[users, drawn]).ravel() > 0
    drawn[has] = rng.integers(0, n, int(has.sum()))
    return drawn
