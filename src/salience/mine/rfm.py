"""Recency, frequency and money: each customer's fifth in all three, and the group that follows (Hughes 1994).

A score of 5 is the best fifth. Equal values always get equal scores, so fifths of coarse numbers are uneven.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from salience.mine.purchases import Purchases

SCORES = 5
GROUPS = ("champions", "loyal", "new", "at risk", "lost", "others")


@dataclass(frozen=True)
class RFM:
    """One entry per customer: days since the last purchase, days with one, money in all; scores 1-5; the group."""

    customers: tuple[str, ...]
    recency: NDArray[np.int64]
    frequency: NDArray[np.int64]
    money: NDArray[np.float64]
    scores: NDArray[np.int64]
    """(customers, 3): recency, frequency, money."""
    groups: tuple[str, ...]


def rfm(purchases: Purchases, day: int) -> RFM:
    """As known at the end of ``day``.

    >>> found = rfm(Purchases.of(["a", "a", "b"], [1, 9, 2], [5, 5, 1]), 10)
    >>> found.recency.tolist(), found.frequency.tolist(), found.money.tolist()
    ([1, 8], [2, 1], [10.0, 1.0])
    """
    known = purchases.until(day)
    counts, money = purchases.bought(known.codes, int(purchases.days.min()) - 1, day)
    since = np.rint((known.age - known.recency) * 7).astype(np.int64)
    scores = np.column_stack([_fifths(-since.astype(np.float64)), _fifths(counts), _fifths(money)])
    names = tuple(purchases.customers[code] for code in known.codes)
    groups = tuple(_group(int(r), int(f), int(m)) for r, f, m in scores)
    return RFM(names, since, counts.astype(np.int64), money, scores, groups)


def _fifths(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """1 for the lowest fifth, 5 for the highest: the middle rank of equal values decides for all of them."""
    ordered = np.sort(values)
    middle = (np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")) / 2 / len(values)
    return np.minimum((middle * SCORES).astype(np.int64), SCORES - 1) + 1


def _group(recency: int, frequency: int, money: int) -> str:
    if recency >= 4:
        if frequency >= 4 and money >= 4:
            return "champions"
        return "loyal" if frequency >= 3 else "new"
    if recency <= 2:
        return "at risk" if frequency >= 3 else "lost"
    return "others"
