"""What is known of a person and an item before the next basket: the input of the learned ranker.

Candidates are what the person had, and the first few of each part's list. Of each: the parts' scores, plain and as a
share of the person's best; how often, how lately and how regularly the person bought the item; how large, how many and
how repetitive the person's baskets are; how popular the item is, lately too, and how often its buyers buy it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from salience.models.basket.baskets import Baskets
from salience.models.basket.habits import everybody, rates
from salience.models.basket.model import BasketModel, Floats

FRESH = 40  # of each part's best items
HAD = 150  # of what the person had, the best by the first part
NEVER = 1000.0  # the age of what was never bought


@dataclass(frozen=True, eq=False)
class ItemFacts:
    """Per item: ``popular`` and ``lately`` (shares of people), ``again`` (how often it follows itself)."""

    popular: Floats
    lately: Floats
    again: Floats

    @classmethod
    def of(cls, baskets: Baskets) -> ItemFacts:
        """Counted; ``again`` is shrunk to the mean of all items by ten chances."""
        later = baskets.age > 0
        n = len(baskets.items)
        could = np.bincount(baskets.codes[later], minlength=n)
        key = baskets.basket * np.int64(n) + baskets.codes
        did = np.bincount(baskets.codes[later & np.isin(key + n, key)], minlength=n)
        mean = did.sum() / max(1, could.sum())
        again = ((did + 10 * mean) / (could + 10)).astype(np.float32)
        return cls(everybody(rates(baskets, 1.0)), everybody(rates(baskets, 0.3)), again)


@dataclass(frozen=True, eq=False)
class Candidates:
    """Pairs, sorted by person: ``row`` and ``item`` (pairs,), and their features ``x`` (pairs, features)."""

    row: NDArray[np.int64]
    item: NDArray[np.int64]
    x: Floats


def candidates(parts: Sequence[BasketModel], facts: ItemFacts, histories: Baskets) -> Candidates:
    """Of a batch of people. The first part must be the one that tells what people had from what they had not."""
    n = len(histories.items)
    scores = [part.score(histories) for part in parts]
    owned = _Owned.of(histories)
    chosen = np.zeros((len(histories), n), dtype=bool)
    for table in scores:
        width = min(FRESH, n)
        chosen[np.arange(len(chosen))[:, None], np.argpartition(-table, width - 1, axis=1)[:, :width]] = True
    order = np.lexsort((-scores[0][owned.row, owned.item], owned.row))
    start = np.searchsorted(owned.row, np.arange(len(histories)))
    kept = order[np.arange(len(order)) - start[owned.row[order]] < HAD]
    chosen[owned.row[kept], owned.item[kept]] = True
    row, item = np.nonzero(chosen)
    columns: list[NDArray[Any]] = []
    for table in scores:
        score = table[row, item]
        columns += [score, score / np.maximum(table.max(axis=1), 1e-12)[row]]
    columns += owned.columns(row, item, n)
    counts = histories.counts[row]
    size = np.bincount(histories.person, minlength=len(histories)) / np.maximum(histories.counts, 1)
    distinct = np.bincount(owned.row, minlength=len(histories))
    variety = distinct / np.maximum(np.bincount(histories.person, minlength=len(histories)), 1)
    columns += [counts, size[row], variety[row], facts.popular[item], facts.lately[item], facts.again[item]]
    return Candidates(row, item, np.column_stack(columns).astype(np.float32))


@dataclass(frozen=True, eq=False)
class _Owned:
    """Distinct (person, item) pairs, sorted: how often, and the ages of the newest and the oldest basket with it."""

    row: NDArray[np.int64]
    item: NDArray[np.int64]
    count: NDArray[np.float64]
    newest: NDArray[np.float64]
    oldest: NDArray[np.float64]

    @classmethod
    def of(cls, histories: Baskets) -> _Owned:
        n = np.int64(max(1, len(histories.items)))
        order = np.lexsort((histories.age, histories.codes, histories.person))
        key = (histories.person * n + histories.codes)[order]
        first = np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1]))) if len(key) else np.zeros(0, np.int64)
        count = np.diff(np.concatenate((first, [len(key)])))
        age = histories.age[order].astype(np.float64)
        return cls(key[first] // n, key[first] % n, count.astype(np.float64), age[first], age[first + count - 1])

    def columns(self, row: NDArray[np.int64], item: NDArray[np.int64], n: int) -> list[NDArray[np.float64]]:
        """Count, newest age, oldest age, mean gap, newest age over the gap; for what was never bought 0, NEVER, ..."""
        keys, asked = self.row * np.int64(n) + self.item, row * np.int64(n) + item
        place = np.minimum(np.searchsorted(keys, asked), max(0, len(keys) - 1))
        had = keys[place] == asked if len(keys) else np.zeros(len(asked), dtype=bool)
        if not len(keys):
            nothing = np.zeros(len(asked))
            return [nothing, nothing + NEVER, nothing + NEVER, nothing + NEVER, nothing + NEVER]
        count = np.where(had, self.count[place], 0.0)
        newest, oldest = np.where(had, self.newest[place], NEVER), np.where(had, self.oldest[place], NEVER)
        gap = np.where(count > 1, (oldest - newest) / np.maximum(count - 1, 1), NEVER)
        return [count, newest, oldest, gap, np.where(count > 1, newest / np.maximum(gap, 1), NEVER)]
