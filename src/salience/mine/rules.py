"""Association rules: "baskets with these items often hold that one, too", with how sure that is.

Every rule has one item on its right side and at least one on its left, as Agrawal & Srikant (1994) and most programs
count them. With n baskets and counts c: support = c(left and right) / n, confidence = support / s(left),
lift = confidence / s(right), leverage = support - s(left) s(right) (Piatetsky-Shapiro 1991),
conviction = (1 - s(right)) / (1 - confidence) (Brin et al. 1997).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from salience.events import InvalidInput
from salience.events.interactions import IdMap, Matrix
from salience.mine.itemsets import MOST, Codes, Counts, Itemsets, itemsets
from salience.mine.significance import false_discovery, hypergeometric_tail

Floats = NDArray[np.float64]

GAIN = 0.05
"""Confidence that one more item on the left side must add to be worth reading."""


class Rule(Struct, frozen=True):
    """``left`` -> ``right``: of ``left_count`` baskets with all of ``left``, ``count`` hold ``right`` as well.

    ``p_value`` is Fisher's one-sided exact probability of so many common baskets if left and right had nothing to do
    with each other (0 below 1e-300); ``q_value`` is adjusted (Benjamini & Hochberg 1995) over *every* rule that the
    support allows, also those that the confidence then hides, so it does not flatter. ``conviction`` None: never
    wrong (infinite).
    """

    left: tuple[str, ...]
    right: str
    support: float
    confidence: float
    lift: float
    leverage: float
    conviction: float | None
    p_value: float
    q_value: float
    count: int
    left_count: int
    right_count: int


def rules(
    baskets: Matrix,
    items: IdMap,
    *,
    min_support: float,
    min_confidence: float,
    limit: int | None = None,
    most: int = MOST,
) -> list[Rule]:
    """The rules that reach both thresholds, strongest lift first, then confidence, support and item order.

    ``baskets``: baskets x items, above 0 where the item is in. ``limit`` keeps the first ones only. A threshold is met
    from its value on: count >= ceil(threshold x n). More than ``most`` frequent itemsets raise `InvalidInput`.

    >>> from salience.events.interactions import Interactions
    >>> shop = Interactions.from_rows([("1", "tea", 1, 0), ("1", "milk", 1, 0), ("2", "tea", 1, 0), ("2", "milk", 1, 0),
    ...                                ("3", "milk", 1, 0), ("4", "salt", 1, 0)])
    >>> for rule in rules(shop.matrix, shop.items, min_support=0.5, min_confidence=0.6):
    ...     print(rule.left, rule.right, rule.support, f"{rule.confidence:.2f} {rule.lift:.2f} {rule.p_value:.2f}")
    ('tea',) milk 0.5 1.00 1.33 0.50
    ('milk',) tea 0.5 0.67 1.33 0.50
    """
    if not 0 <= min_confidence <= 1:
        raise InvalidInput(
            "min_confidence", min_confidence, "must be between 0 and 1", "0.5 is right every second time"
        )
    if limit is not None and limit < 1:
        raise InvalidInput("limit", limit, "must be at least 1", "leave it out for all rules")
    if baskets.shape[1] != len(items):
        raise InvalidInput("baskets", baskets.shape, f"must have a column for each of the {len(items):,} items")
    return rules_of(
        itemsets(baskets, min_support=min_support, most=most), items, min_confidence=min_confidence, limit=limit
    )


def rules_of(found: Itemsets, items: IdMap, *, min_confidence: float, limit: int | None = None) -> list[Rule]:
    """The rules of itemsets that were found already; see `rules`."""
    candidates = _candidates(found)
    return [] if candidates is None else _chosen(candidates, items, found.baskets, min_confidence, limit)


@dataclass(frozen=True, eq=False)
class _Candidates:
    """All rules of the frequent itemsets: counts of both sides together, left, right; ``left`` item codes by size."""

    left: list[Codes]
    right: Codes
    both: Counts
    left_count: Counts
    right_count: Counts

    def left_of(self, rule: int) -> Codes:
        for block in self.left:
            if rule < len(block):
                found: Codes = block[rule]
                return found
            rule -= len(block)
        raise IndexError(rule)


def _candidates(found: Itemsets) -> _Candidates | None:
    """Each item of each set in turn on the right side; the counts of the left sides are looked up, not counted."""
    if len(found.levels) < 2:
        return None
    tree = _Tree(found)
    left: list[Codes] = []
    parts: list[tuple[Codes, Counts, Counts]] = []
    for sets, counts in found.levels[1:]:
        for place in range(sets.shape[1]):
            rest = np.delete(sets, place, axis=1)
            left.append(rest)
            parts.append((sets[:, place], counts, tree.count(rest)))
    right, both, left_count = (np.concatenate(column) for column in zip(*parts, strict=True))
    single = np.zeros(tree.width, np.int64)
    single[found.levels[0][0][:, 0]] = found.levels[0][1]
    return _Candidates(left, right, both, left_count, single[right])


class _Tree:
    """Finds the counts of many itemsets at once: a set is (place of its prefix among the shorter ones, last item)."""

    def __init__(self, found: Itemsets) -> None:
        self.width = 1 + max(int(sets.max()) for sets, _ in found.levels)
        self.counts: list[Counts] = []
        self.keys: list[Counts] = []
        self.places: list[Counts] = []
        for sets, counts in found.levels:
            key = self._prefix(sets) * self.width + sets[:, -1]
            order = np.argsort(key)
            self.keys.append(key[order])
            self.places.append(order)
            self.counts.append(counts)

    def _prefix(self, sets: Codes) -> Counts:
        place = np.zeros(len(sets), np.int64)
        for size in range(sets.shape[1] - 1):
            place = self._place(size, place, sets[:, size])
        return place

    def _place(self, size: int, prefix: Counts, last: Codes) -> Counts:
        at = np.searchsorted(self.keys[size], prefix * self.width + last)
        found: Counts = self.places[size][at]
        return found

    def count(self, sets: Codes) -> Counts:
        size = sets.shape[1] - 1
        found: Counts = self.counts[size][self._place(size, self._prefix(sets), sets[:, -1])]
        return found


def _chosen(found: _Candidates, items: IdMap, n: int, min_confidence: float, limit: int | None) -> list[Rule]:
    confidence = found.both / found.left_count
    lift = confidence * n / found.right_count
    p = hypergeometric_tail(found.both, found.left_count, found.right_count, n)
    q = false_discovery(p)
    enough = np.flatnonzero(found.both >= np.ceil(min_confidence * found.left_count - 1e-9))
    order = np.lexsort((enough, -found.both[enough], -confidence[enough], -lift[enough]))
    best = enough[order[:limit]]
    return [_rule(found, int(place), items, n, float(p[place]), float(q[place])) for place in best]


def _rule(found: _Candidates, place: int, items: IdMap, n: int, p: float, q: float) -> Rule:
    both, left, right = (int(c[place]) for c in (found.both, found.left_count, found.right_count))
    confidence = both / left
    return Rule(
        left=tuple(items.names[code] for code in sorted(found.left_of(place))),
        right=items.names[int(found.right[place])],
        support=both / n,
        confidence=confidence,
        lift=both * n / (left * right),
        leverage=both / n - (left / n) * (right / n),
        conviction=None if both == left else (1 - right / n) / (1 - confidence),
        p_value=p,
        q_value=q,
        count=both,
        left_count=left,
        right_count=right,
    )


def concise(found: Sequence[Rule], *, gain: float = GAIN) -> list[Rule]:
    """The rules that say something of their own, in their order: what a person should read.

    Of rules over one set of items, the surest stays. One with more on its left side stays if its confidence is above
    that of every shorter one for the same item by at least ``gain`` (the improvement of Bayardo, Agrawal & Gunopulos
    1999): "tea and milk, then sugar" is no news where "milk, then sugar" holds as often. And each names an item that
    none before it has named: six things that are always bought together make three rules, not sixty.

    >>> from salience.events.interactions import Interactions
    >>> shop = Interactions.from_rows([("1", "tea", 1, 0), ("1", "milk", 1, 0), ("2", "tea", 1, 0), ("2", "milk", 1, 0),
    ...                                ("3", "milk", 1, 0), ("4", "salt", 1, 0)])
    >>> every = rules(shop.matrix, shop.items, min_support=0.5, min_confidence=0.6)
    >>> [(rule.left, rule.right) for rule in concise(every)]
    [(('tea',), 'milk')]
    """
    best = {(frozenset(rule.left), rule.right): rule.confidence for rule in found}
    surest: dict[frozenset[str], float] = {}
    for rule in found:
        whole = frozenset((*rule.left, rule.right))
        surest[whole] = max(surest.get(whole, 0.0), rule.confidence)
    kept: list[Rule] = []
    named: set[str] = set()
    for rule in found:
        whole = frozenset((*rule.left, rule.right))
        if rule.confidence < surest[whole] or whole <= named:
            continue
        parts = (part for size in range(1, len(rule.left)) for part in combinations(rule.left, size))
        shorter = max((best.get((frozenset(part), rule.right), 0.0) for part in parts), default=0.0)
        if len(rule.left) == 1 or rule.confidence >= shorter + gain:
            kept.append(rule)
            named |= whole
    return kept


__all__ = ["Rule", "concise", "rules", "rules_of"]
