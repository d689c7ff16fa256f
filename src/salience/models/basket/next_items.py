"""From the last baskets to the next: which items follow which (the Markov chain of baskets that Rendle, Freudenthaler,
Schmidt-Thieme 2010 factorise in "Factorizing Personalized Markov Chains for Next-Basket Recommendation"; here counted).

    n_ji = sum over people, baskets b, gaps g = 1..window, of [j in b] [i in the basket g later] fade^(g-1) / |b|
    t_ji = n_ji / (sum over i' of n_ji' + shrink)
    score_ui = 1/|last| sum over j in the last basket of u of t_ji

An item follows itself too. ``shrink`` makes little of items that were seen a few times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.interactions import IdMap, Matrix
from salience.models.basket.baskets import Baskets
from salience.models.basket.habits import TIES, everybody, rates
from salience.models.basket.model import Arrays, BasketAlgorithm, BasketModel, Floats, some
from salience.models.basket.settle import share
from salience.models.files import sparse_arrays, sparse_from
from salience.models.settings import not_negative, whole
from salience.models.sparse_rows import largest

KEPT = 500  # followers of an item
AT_ONCE = 50_000  # baskets multiplied at once, so that memory stays with the table of followers
NEWEST = 30  # baskets of a person that are learned from


@dataclass(frozen=True, eq=False)
class Followers(BasketModel):
    """``table`` (items, items): t; ``share`` (items,) breaks ties."""

    kind: ClassVar[str] = "basket-followers"

    table: Matrix
    share: Floats

    def score(self, histories: Baskets) -> Floats:
        """From the last basket."""
        last = histories.newest(1)
        size = np.maximum(np.bincount(last.person, minlength=len(last)), 1)
        told: Floats = (last.weighted(1 / size[last.person]) @ self.table).toarray()
        return told + np.float32(TIES) * self.share

    def arrays(self) -> Arrays:
        """The table and the shares."""
        return {"share": self.share, **sparse_arrays(self.table, "table.")}

    @classmethod
    def from_arrays(cls, items: IdMap, arrays: Mapping[str, NDArray[Any]]) -> Followers:
        """The inverse of `arrays`."""
        if arrays["share"].shape != (len(items),):
            raise ValueError("share: must have one value per item")
        return cls(items, sparse_from(arrays, "table.", (len(items), len(items))), arrays["share"])


@dataclass(frozen=True)
class NextItems(BasketAlgorithm):
    """``window`` of gaps, each weighing ``fade`` of the one before; ``shrink`` as above."""

    name: ClassVar[str] = "item to item"
    space: ClassVar[Mapping[str, Sequence[Any]]] = {"window": (1, 3), "shrink": (0.0, 5.0)}

    window: int = 3
    fade: float = 0.5
    shrink: float = 5.0

    def __post_init__(self) -> None:
        whole(window=self.window)
        share(fade=self.fade)
        not_negative(shrink=self.shrink)

    def fit(self, baskets: Baskets, *, seed: int = 0) -> Followers:  # noqa: ARG002 - deterministic
        """Count, block by block. ``seed`` is not used."""
        some(baskets)
        recent = baskets.newest(NEWEST)
        n, total = len(recent.items), len(recent.bounds) - 1
        held: Matrix = sparse.csr_array(
            (np.ones(len(recent.codes), np.float32), recent.codes, recent.bounds), (total, n)
        )
        each = (1 / np.maximum(np.diff(recent.bounds), 1)).astype(np.float32)
        owner = np.repeat(np.arange(len(recent)), recent.counts)
        counted: Any = sparse.csr_array((n, n), dtype=np.float32)
        for gap in range(1, self.window + 1):
            before = np.flatnonzero(owner[:-gap] == owner[gap:])
            for start in range(0, len(before), AT_ONCE):
                block = before[start : start + AT_ONCE]
                scaled = sparse.diags_array(each[block] * np.float32(self.fade ** (gap - 1)))
                counted = counted + sparse.csr_array((scaled @ held[block]).T) @ held[block + gap]
        whole_rows = np.asarray(counted.sum(axis=1)).ravel()
        table = sparse.csr_array(sparse.diags_array(1 / np.maximum(whole_rows + self.shrink, 1e-12)) @ counted)
        table = sparse.csr_array(table.astype(np.float32))
        return Followers(baskets.items, largest(table, KEPT), everybody(rates(baskets, 1.0)), settings=self.settings())
