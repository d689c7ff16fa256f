"""The parts together: their candidates, put in the order that a ranker learned from each person's last basket.

The parts are fitted on everything but the last basket, so that what they say of it is honest; the ranker learns which
candidates were in it (`ranker`), from several such cuts, each one basket earlier, until there are enough people; then
the parts are fitted again on everything. (Wolpert 1992, "Stacked Generalization".)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from salience.events.fault import InvalidInput
from salience.events.interactions import IdMap, Matrix
from salience.models.basket.baskets import Baskets
from salience.models.basket.features import Candidates, ItemFacts, candidates
from salience.models.basket.model import CELLS, Arrays, BasketAlgorithm, BasketModel, Floats, some
from salience.models.basket.neighbours import UPCF, NeighbourBaskets, TifuKNN
from salience.models.basket.next_items import Followers, NextItems
from salience.models.basket.personal import Personal, PersonalBasket
from salience.models.basket.popular import Popular, PopularBasket
from salience.models.hybrid.ranker import Order, learned, order_from
from salience.models.settings import not_negative, whole

PEOPLE = 12_000  # whose last baskets are learned from
OUTSIDE = -1e6  # the score of what is no candidate: below every candidate, in the order of the parts' first
FACTS = 11  # features besides two per part

KINDS: Mapping[str, type[BasketModel]] = {
    kind.kind: kind for kind in (PersonalBasket, PopularBasket, NeighbourBaskets, Followers)
}


@dataclass(frozen=True, eq=False)
class RankedBasket(BasketModel):
    """``parts`` fitted, the ``facts`` of items and the learned ``order``."""

    kind: ClassVar[str] = "ranked-basket"

    parts: tuple[BasketModel, ...]
    facts: ItemFacts
    order: Order

    def score(self, histories: Baskets) -> Floats:
        """The ranker's score of candidates; everything else far below, by popularity."""
        table = np.tile(OUTSIDE + self.facts.popular, (len(histories), 1)).astype(np.float32)
        found = candidates(self.parts, self.facts, histories)
        known = histories.counts[found.row] > 0  # the ranker has learned nothing about strangers
        table[found.row[known], found.item[known]] = self.order.score(found.x[known])
        return table

    def arrays(self) -> Arrays:
        """Those of the parts under "0.", "1.", ..., of the order under "order."."""
        out: Arrays = {
            "parts": np.array([len(self.parts)]),
            "popular": self.facts.popular,
            "lately": self.facts.lately,
            "again": self.facts.again,
        }
        for number, part in enumerate(self.parts):
            out[f"{number}.kind"] = np.frombuffer(part.kind.encode(), dtype=np.uint8)
            out |= {f"{number}.{name}": array for name, array in part.arrays().items()}
        return out | {f"order.{name}": array for name, array in self.order.arrays().items()}

    @classmethod
    def from_arrays(cls, items: IdMap, arrays: Mapping[str, NDArray[Any]]) -> RankedBasket:
        """The inverse of `arrays`."""
        parts = []
        for number in range(int(arrays["parts"][0])):
            own = _under(arrays, f"{number}.")
            kind = own.pop("kind").astype(np.uint8).tobytes().decode()
            if kind not in KINDS:
                raise ValueError(f"part {number}: of the unknown kind {kind!r}")
            parts.append(KINDS[kind].from_arrays(items, own))
        facts = ItemFacts(arrays["popular"], arrays["lately"], arrays["again"])
        if {len(facts.popular), len(facts.lately), len(facts.again)} != {len(items)}:
            raise ValueError("popular, lately, again: must have one value per item")
        return cls(items, tuple(parts), facts, order_from(_under(arrays, "order."), 2 * len(parts) + FACTS))


@dataclass(frozen=True)
class Ranked(BasketAlgorithm):
    """``parts``, the first of which must tell what people had; ``trees`` (0: a line); at most ``cuts`` baskets back."""

    name: ClassVar[str] = "learned blend"

    parts: tuple[BasketAlgorithm, ...] = (Personal(), TifuKNN(), UPCF(), NextItems(), Popular())
    trees: int = 150
    cuts: int = 3

    def __post_init__(self) -> None:
        whole(cuts=self.cuts)
        not_negative(trees=self.trees)
        if not self.parts:
            raise InvalidInput("parts", (), "a blend needs at least one algorithm")

    def fit(self, baskets: Baskets, *, seed: int = 0) -> RankedBasket:
        """Cut, fit, learn; then fit on everything. Work grows with the people learned from and with the parts'."""
        some(baskets)
        if not (baskets.counts > 1).any():
            raise InvalidInput("baskets", len(baskets), "hold nobody with two baskets to learn an order from")
        tables, bought, people, rest = [], [], 0, baskets
        for _ in range(self.cuts):
            rest, last, _who = rest.without_last()
            if people >= PEOPLE or not len(rest):
                break
            chosen = np.sort(np.random.default_rng(seed).permutation(len(rest))[: PEOPLE - people])
            people += len(chosen)
            parts = tuple(part.fit(rest, seed=seed) for part in self.parts)
            facts = ItemFacts.of(rest)
            for found, wanted in _examples(parts, facts, rest, last, chosen):
                tables.append(found)
                bought.append(wanted)
        sizes = np.concatenate([np.bincount(found.row) for found in tables])
        x = np.concatenate([found.x for found in tables])
        del tables
        order = learned(x, np.concatenate(bought), sizes[sizes > 0], trees=self.trees, seed=seed)
        fitted = tuple(part.fit(baskets, seed=seed) for part in self.parts)
        return RankedBasket(baskets.items, fitted, ItemFacts.of(baskets), order, settings=self.settings())

    def settings(self) -> dict[str, Any]:
        """As of every algorithm, and each part with its name."""
        return {**asdict(self), "parts": [{"name": part.name, **part.settings()} for part in self.parts]}


def _examples(
    parts: tuple[BasketModel, ...], facts: ItemFacts, before: Baskets, last: Matrix, chosen: NDArray[np.int64]
) -> list[tuple[Candidates, NDArray[np.bool_]]]:
    """Candidates of the chosen people, batch by batch, and whether each was bought; only people who bought one."""
    made = []
    n = len(before.items)
    step = max(1, CELLS // max(1, n))
    for start in range(0, len(chosen), step):
        who = chosen[start : start + step]
        found = candidates(parts, facts, before.rows(who))
        wanted = last[who]
        key = np.repeat(np.arange(len(who), dtype=np.int64), np.diff(wanted.indptr)) * n + wanted.indices
        hit = np.isin(found.row * np.int64(n) + found.item, key)
        useful = np.bincount(found.row, weights=hit, minlength=len(who))[found.row] > 0
        made.append((Candidates(found.row[useful], found.item[useful], found.x[useful]), hit[useful]))
    return made


def _under(arrays: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {name[len(prefix) :]: array for name, array in arrays.items() if name.startswith(prefix)}
