"""Frequent itemsets: which items occur together in at least a given share of the baskets. Exact.

Eclat (Zaki 2000, "Scalable algorithms for association mining"): depth first over items, each itemset with the set of
baskets that hold it, so that an extension is one intersection. The sets are packed bits, 64 baskets a word, and all
extensions of an itemset are intersected at once. Items come rarest first, and each of them gets bits for its own
baskets only, so memory is about (largest count of an item / 8) x (items it occurs with) bytes, not baskets x items.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events import InvalidInput
from salience.events.interactions import Matrix

MOST = 1_000_000
"""Itemsets at which mining stops: some hundred bytes each, and nobody reads more."""

HELD = 1 << 30
"""Bytes of bits that one item and its company may take at once; beyond, mining stops before the memory is asked for."""

BLOCK = 1 << 24
"""Bytes of bits that are set at a time: setting them takes eight times as much for a moment."""

Codes = NDArray[np.int32]
Counts = NDArray[np.int64]
Words = NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class Itemsets:
    """Frequent itemsets by size. ``levels[k - 1]`` is (sets, counts): int32 (n, k) item codes and int64 (n,) baskets.

    Within a set, rarer items come first; ``least`` is the smallest count that was frequent, of ``baskets`` in all.
    """

    levels: tuple[tuple[Codes, Counts], ...]
    baskets: int
    least: int

    def __len__(self) -> int:
        return sum(len(counts) for _, counts in self.levels)


def itemsets(baskets: Matrix, *, min_support: float, most: int = MOST) -> Itemsets:
    """All itemsets in at least ``min_support`` of the baskets (rows); an entry above 0 means the item is in.

    Frequent means count >= ceil(min_support * baskets), at least 1. More than ``most`` itemsets, or more than `HELD`
    bytes at once, raise `InvalidInput` with a support to try.

    >>> world = sparse.csr_array(np.array([[1, 1, 0], [1, 1, 1], [1, 0, 0], [0, 1, 1]], np.float32))
    >>> found = itemsets(world, min_support=0.5)
    >>> [(sets.tolist(), counts.tolist()) for sets, counts in found.levels]
    [([[2], [0], [1]], [2, 3, 3]), ([[2, 1], [0, 1]], [2, 2])]
    """
    if not 0 < min_support <= 1:
        raise InvalidInput(
            "min_support", min_support, "must be above 0 and at most 1", "0.01 is one basket in a hundred"
        )
    held = _indicator(baskets)
    least = max(1, math.ceil(min_support * held.shape[0] - 1e-9))
    counts = np.bincount(held.indices, minlength=held.shape[1])
    frequent = np.flatnonzero(counts >= least)
    order = frequent[np.argsort(counts[frequent], kind="stable")]
    search = _Search(min_support, least, most)
    search.keep(order[:, None].astype(np.int32), counts[order])
    _mine(held, order, search)
    levels = (search.level(k, order) for k in range(1, len(search.sets) + 1))
    return Itemsets(tuple(levels), held.shape[0], least)


def _indicator(baskets: Matrix) -> Any:
    """CSR without zeros, negative entries or repeats."""
    held: Any = sparse.csr_array(baskets, copy=True)
    held.data = (held.data > 0).astype(np.int8)
    held.eliminate_zeros()
    held.sum_duplicates()
    return held


class _Search:
    """What has been found, by size, as blocks; codes are places in the rarest-first order from size 2 on."""

    def __init__(self, min_support: float, least: int, most: int) -> None:
        self.min_support, self.least, self.most = min_support, least, most
        self.found = 0
        self.sets: list[list[Codes]] = []
        self.counts: list[list[Counts]] = []

    def keep(self, sets: Codes, counts: Counts) -> None:
        self.found += len(counts)
        if self.found > self.most:
            rule = f"gives more than {self.most:,} itemsets"
            raise InvalidInput("min_support", self.min_support, rule, f"raise it, e.g. to {_above(self.min_support)}")
        while len(self.sets) < sets.shape[1]:
            self.sets.append([])
            self.counts.append([])
        self.sets[sets.shape[1] - 1].append(sets)
        self.counts[sets.shape[1] - 1].append(counts)

    def room(self, size: int) -> None:
        if size > HELD:
            rule = f"needs {size / 1e9:.1f} GB at once; {HELD / 1e9:.1f} GB are allowed"
            raise InvalidInput("min_support", self.min_support, rule, f"raise it, e.g. to {_above(self.min_support)}")

    def extend(self, prefix: tuple[int, ...], last: Codes, counts: Counts) -> None:
        sets = np.empty((len(last), len(prefix) + 1), np.int32)
        sets[:, :-1] = prefix
        sets[:, -1] = last
        self.keep(sets, counts)

    def level(self, size: int, order: NDArray[np.int64]) -> tuple[Codes, Counts]:
        sets, counts = np.concatenate(self.sets[size - 1]), np.concatenate(self.counts[size - 1]).astype(np.int64)
        return (sets if size == 1 else order[sets].astype(np.int32)), counts


def _above(support: float) -> float:
    """Twice the support, rounded to one digit."""
    return min(1.0, float(f"{2 * support:.1g}"))


def _mine(held: Any, order: NDArray[np.int64], search: _Search) -> None:
    """Sets of two and more: for each item, the baskets that hold it, and the more frequent items in them."""
    rows: Any = held[:, order]  # columns are now places in `order`
    rows.sort_indices()
    columns: Any = rows.tocsc()
    for place in range(len(order) - 1):
        mine: Any = rows[columns.indices[columns.indptr[place] : columns.indptr[place + 1]]]
        counts = np.bincount(mine.indices, minlength=len(order))
        counts[: place + 1] = 0
        others = np.flatnonzero(counts >= search.least).astype(np.int32)
        if len(others):
            search.extend((place,), others, counts[others])
        if len(others) > 1:
            search.room(len(others) * -(-mine.shape[0] // 64) * 8)
            _deepen(search, (place,), others, _bits(mine, others, len(order)))


def _bits(rows: Any, keep: Codes, width: int) -> Words:
    """Which rows hold which of the columns ``keep``, packed: (len(keep), words)."""
    height = -(-rows.shape[0] // 64) * 64
    at = np.full(width, -1, np.int32)
    at[keep] = np.arange(len(keep), dtype=np.int32)
    line = at[rows.indices]
    row = np.repeat(np.arange(rows.shape[0], dtype=np.int64), np.diff(rows.indptr))[line >= 0]
    line = line[line >= 0].astype(np.int64)
    wide = height // 8
    step = max(1, BLOCK // wide)
    if len(keep) <= step:
        return _set(line, row, len(keep), wide)
    order = np.argsort(line, kind="stable")
    line, row = line[order], row[order]
    blocks = []
    for start in range(0, len(keep), step):
        low, high = np.searchsorted(line, (start, start + step))
        blocks.append(_set(line[low:high] - start, row[low:high], min(step, len(keep) - start), wide))
    return np.concatenate(blocks)


def _set(line: Counts, row: Counts, lines: int, wide: int) -> Words:
    """Each (line, row) occurs once, so adding the bits of a byte sets them."""
    packed = np.bincount(line * wide + (row >> 3), weights=(1 << (row & 7)), minlength=lines * wide).astype(np.uint8)
    return packed.reshape(lines, -1).view(np.uint64)


def _deepen(search: _Search, prefix: tuple[int, ...], items: Codes, bits: Words) -> None:
    """All frequent extensions of ``prefix`` by two or more of ``items``; ``bits`` are the baskets of prefix + item."""
    for first in range(len(items) - 1):
        both = bits[first + 1 :] & bits[first]
        counts = np.bitwise_count(both).sum(axis=1, dtype=np.int64)
        good = np.flatnonzero(counts >= search.least)
        if not len(good):
            continue
        last = items[first + 1 :][good]
        longer = (*prefix, int(items[first]))
        search.extend(longer, last, counts[good])
        if len(good) > 1:
            _deepen(search, longer, last, both[good])
