"""The protocol ``baskets``: exact counts of frequent itemsets, and of the rules with one item on the right side."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
from msgspec import Struct
from scipy import sparse

from salience.events.fault import InvalidInput
from salience.events.ids import IdMap
from salience.events.interactions import Matrix
from salience.mine.itemsets import Itemsets, itemsets
from salience.mine.rules import Rule, concise, rules_of
from salience.train.bench_outcome import Bench, Columns, versions

SHOWN, READ = 10, 2_000  # rules that are printed, and the strongest, among which they are chosen


class Patterns(Struct, frozen=True, kw_only=True):
    """How many there are: ``by_size`` of an itemset -> itemsets; ``rules`` None: not asked for. ``best``: rules to
    read, strongest first, without those that say nothing beyond others (`salience.mine.rules.concise`)."""

    task: str
    support: float
    confidence: float | None
    least: int
    itemsets: int
    by_size: dict[str, int]
    rules: int | None
    best: tuple[Rule, ...]
    sizes: dict[str, int]
    seconds: float
    peak_bytes: int
    versions: dict[str, str]


def baskets(
    transactions: Sequence[Sequence[str]], support: float, confidence: float | None, bench: Bench
) -> tuple[Patterns, Columns]:
    """Count: (patterns, columns kind "itemset" or "rule", items, then, count, support, confidence, lift).

    ``items`` is the list of ids of the itemset, or of the rule's left side; ``then`` its right side, "" for itemsets,
    whose ``confidence`` and ``lift`` are NaN.
    """
    if not transactions:
        raise InvalidInput("file", 0, "has no transaction", "one a line, items separated by spaces or commas")
    known = IdMap.of(item for basket in transactions for item in basket)
    held = _matrix(transactions, known)
    with bench.meter() as cost:
        bench.progress("itemsets", 0, 0)
        found = itemsets(held, min_support=support)
        drawn: list[Rule] = []
        if confidence is not None:
            bench.progress("rules", 0, 0)
            drawn = rules_of(found, known, min_confidence=confidence)
    patterns = Patterns(
        task="baskets",
        support=support,
        confidence=confidence,
        least=found.least,
        itemsets=len(found),
        by_size={str(size): len(counts) for size, (_, counts) in enumerate(found.levels, 1)},
        rules=None if confidence is None else len(drawn),
        best=tuple(concise(drawn[:READ])[:SHOWN]),
        sizes={"baskets": len(transactions), "items": len(known), "rows": held.nnz},
        seconds=round(cost.seconds, 3),
        peak_bytes=cost.peak_bytes,
        versions=versions(),
    )
    return patterns, _columns(found, drawn, known)


def _matrix(transactions: Sequence[Sequence[str]], known: IdMap) -> Matrix:
    sizes = np.fromiter(map(len, transactions), np.int64, len(transactions))
    find = known.codes.__getitem__
    codes = np.fromiter(map(find, chain.from_iterable(transactions)), np.int32, int(sizes.sum()))
    indptr = np.concatenate(([0], np.cumsum(sizes)))
    shape = (len(transactions), len(known))
    made: Matrix = sparse.csr_array((np.ones(len(codes), np.float32), codes, indptr), shape=shape)
    made.sum_duplicates()  # an item named twice is in the basket once
    return made


def _columns(found: Itemsets, drawn: Sequence[Rule], known: IdMap) -> Columns:
    names = np.array(known.names, dtype=object)
    sets = [names[np.sort(row)].tolist() for level, _ in found.levels for row in level]
    counts = np.array([count for _, level in found.levels for count in level.tolist()], dtype=np.int64)
    nothing = np.full(len(sets), np.nan)
    left = np.empty(len(sets) + len(drawn), dtype=object)
    left[:] = [*sets, *(list(rule.left) for rule in drawn)]
    return {
        "kind": np.array(["itemset"] * len(sets) + ["rule"] * len(drawn), dtype=object),
        "items": left,
        "then": np.array([""] * len(sets) + [rule.right for rule in drawn], dtype=object),
        "count": np.concatenate((counts, np.array([rule.count for rule in drawn], dtype=np.int64))),
        "support": np.concatenate((counts / found.baskets, [rule.support for rule in drawn])),
        "confidence": np.concatenate((nothing, [rule.confidence for rule in drawn])),
        "lift": np.concatenate((nothing, [rule.lift for rule in drawn])),
    }


__all__ = ["Patterns", "baskets"]
