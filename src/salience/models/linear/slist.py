"""SLIST: what goes together and what comes next, in one item-item matrix.

After Choi, Kim, Lee, Shim, Lee 2021, "Session-aware Linear Item-Item Models for Session-based Recommendation".

Rows of X are whole histories. Cutting each at a moment gives what came before, S, and what came after, T. Two ridge
regressions, both exact:

    together (SLIS, = EASE):  min |X - X B|^2 + l2 |B|^2, diag(B) = 0    B = I - P diag(1 / diag P), P = (X'X + l2 I)^-1
    next (SLIT):              min |T - S C|^2 + l2_next |C|^2            C = (S'S + l2_next I)^-1 S'T

    W = B + weight C

The paper puts the two errors into one problem. Solved apart and added, each has its own regularisation, which did
better on every validation part we tried. Histories are cut at the fractions `CUTS` of their length and the sums over
the cuts are averaged, so everything before the two solves stays a sparse product. On data without times C learns
nothing true, and the tuner should find that EASE alone does as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve

from salience.events.interactions import Interactions, Matrix
from salience.events.pairs import pair_runs
from salience.models.histories import read
from salience.models.item_weights import ItemWeights
from salience.models.linear.ease import refuse_too_many, together
from salience.models.model import Algorithm, Model, people_of
from salience.models.settings import not_negative, positive
from salience.models.topk import tie_order

CUTS = (0.25, 0.5, 0.75)


@dataclass(frozen=True)
class SLIST(Algorithm):
    """``l2`` and ``l2_next`` regularise the two parts, ``weight`` weighs what comes next. Reads histories as sets."""

    name: ClassVar[str] = "slist"
    fits: ClassVar[type[Model]] = ItemWeights
    space: ClassVar[Mapping[str, Sequence[Any]]] = {
        "l2": (100.0, 400.0),
        "l2_next": (300.0, 1000.0),
        "weight": (0.5, 1.0, 2.0, 4.0),
    }

    l2: float = 200.0
    l2_next: float = 1000.0
    weight: float = 1.0

    def __post_init__(self) -> None:
        positive(l2=self.l2, l2_next=self.l2_next)
        not_negative(weight=self.weight)

    def fit(self, data: Interactions, *, seed: int = 0) -> ItemWeights:
        """Solve both exactly; deterministic. Needs items^2 x 24 bytes meanwhile."""
        return next(self.fit_each([self], data, seed=seed))

    @classmethod
    def fit_each(
        cls,
        settings: Sequence[Self],
        data: Interactions,
        *,
        seed: int = 0,  # noqa: ARG003 - deterministic
    ) -> Iterator[ItemWeights]:
        """Each part is solved once per regularisation; the weights only add them up."""
        refuse_too_many(len(data.items))
        parts: dict[tuple[str, float], NDArray[np.float32]] = {}
        for own in settings:
            if ("together", own.l2) not in parts:
                parts["together", own.l2] = together(read(data.matrix, binary=True), own.l2)
            if ("next", own.l2_next) not in parts:
                parts["next", own.l2_next] = comes_next(data, own.l2_next)
            W = parts["together", own.l2] + np.float32(own.weight) * parts["next", own.l2_next]
            yield ItemWeights(data.items, W, binary=True, people=people_of(data), settings=own.settings())


def comes_next(data: Interactions, l2: float) -> NDArray[np.float32]:
    """C, (items, items): ``C[j, i]`` is what having j says about taking i later."""
    n = len(data.items)
    before = np.zeros((n, n), dtype=np.float64)
    after = np.zeros((n, n), dtype=np.float64)
    user, item, place = _first_times(data)
    for cut in CUTS:
        early = place < cut
        S = _set(user[early], item[early], data.matrix.shape)
        T = _set(user[~early], item[~early], data.matrix.shape)
        before += (S.T @ S).toarray() / len(CUTS)
        after += (S.T @ T).toarray() / len(CUTS)
    before[np.diag_indices(n)] += l2
    factor = cho_factor(before, lower=True, overwrite_a=True, check_finite=False)
    return cho_solve(factor, after, overwrite_b=True, check_finite=False).astype(np.float32)


def _first_times(data: Interactions) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """User, item and relative place in the history, in (0, 1), of each pair's first row; equal times by `tie_order`."""
    tie = np.argsort(tie_order(len(data.items)))
    order, starts = pair_runs(data.user, data.item, len(data.users), len(data.items))
    time = np.minimum.reduceat(data.time[order], starts) if len(order) else data.time
    user, item = data.user[order[starts]], data.item[order[starts]]
    order = np.lexsort((tie[item], time, user))
    user, item = user[order], item[order]
    lengths = np.bincount(user, minlength=len(data.users))
    start = np.cumsum(lengths) - lengths
    place = (np.arange(len(user)) - start[user] + 0.5) / lengths[user]
    return user, item, place


def _set(user: NDArray[np.int32], item: NDArray[np.int32], shape: tuple[int, int]) -> Matrix:
    return sparse.csr_array((np.ones(len(user), np.float32), (user, item)), shape=shape)
