"""Recency, frequency and money: each customer's fifth in all three, and the group that follows (Hughes 1994).

A score of 5 is the best fifth. Equal values always get equal scores, so fifths of coarse numbers are uneven.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from salience.events import InvalidInput
from salience.mine.purchases import Purchases

SCORES = 5
GROUPS = (
    "champions",
    "loyal",
    "promising",
    "new",
    "needing attention",
    "about to sleep",
    "cannot lose",
    "at risk",
    "hibernating",
    "lost",
    "returned everything",
)
"""Best first; `_group` says who is in which."""


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

    def summary(self) -> list[Group]:
        """The groups that have anybody, best first."""
        return _summary(self)


def rfm(purchases: Purchases, day: int) -> RFM:
    """As known at the end of ``day``. Money that was paid back counts against what was paid (negative values).

    Who only ever sent things back has no purchase: frequency 0, scores of 1, and a group of their own.

    >>> found = rfm(Purchases.of(["a", "a", "b"], [1, 9, 2], [5, 5, 1]), 10)
    >>> found.recency.tolist(), found.frequency.tolist(), found.money.tolist()
    ([1, 8], [2, 1], [10.0, 1.0])
    """
    inside = purchases.days <= day
    codes, days, values = purchases.codes[inside], purchases.days[inside], purchases.values[inside]
    if not len(codes):
        raise InvalidInput("day", day, "is before the first purchase", "name a later day")
    known, place = np.unique(codes, return_inverse=True)
    paid = values > 0 if (values > 0).any() else np.ones(len(values), bool)  # a log without prices still has days
    counts = np.bincount(place[paid], minlength=len(known))
    money = np.bincount(place, values).astype(np.float64)
    last = np.full(len(known), days.min())
    np.maximum.at(last, place, np.where(paid | (counts[place] == 0), days, days.min()))
    since = (day - last).astype(np.int64)
    scores = np.column_stack([_fifths(-since.astype(np.float64)), _fifths(counts.astype(np.float64)), _fifths(money)])
    scores[counts == 0] = 1
    names = tuple(purchases.customers[code] for code in known)
    found = tuple(
        _group(int(r), int(f), int(m)) if count else GROUPS[-1]
        for (r, f, m), count in zip(scores, counts.tolist(), strict=True)
    )
    return RFM(names, since, counts.astype(np.int64), money, scores, found)


def _fifths(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """1 for the lowest fifth, 5 for the highest: the middle rank of equal values decides for all of them."""
    ordered = np.sort(values)
    middle = (np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")) / 2 / len(values)
    return np.minimum((middle * SCORES).astype(np.int64), SCORES - 1) + 1


def _group(recency: int, frequency: int, money: int) -> str:
    """Recency decides first, then how often they came: the reading that most handbooks of direct marketing share."""
    often, rich = frequency >= 4, money >= 4
    if recency >= 4:
        if often:
            return "champions" if rich else "loyal"
        return "promising" if frequency >= 2 else "new"
    if recency == 3:
        return "needing attention" if frequency >= 3 else "about to sleep"
    if frequency >= 3:
        return "cannot lose" if often and rich else "at risk"
    return "hibernating" if recency == 2 else "lost"


class Group(Struct, frozen=True):
    """One named group: medians of its people, and its part of all people and of all money."""

    name: str
    size: int
    share: float
    money_share: float
    recency: float
    frequency: float
    money: float


def _summary(of: RFM) -> list[Group]:
    names = np.array(of.groups)
    total = float(of.money.sum())
    made = []
    for name in GROUPS:
        mine = names == name
        if mine.any():
            made.append(
                Group(
                    name=name,
                    size=int(mine.sum()),
                    share=float(mine.mean()),
                    money_share=float(of.money[mine].sum() / total) if total else 0.0,
                    recency=float(np.median(of.recency[mine])),
                    frequency=float(np.median(of.frequency[mine])),
                    money=float(np.median(of.money[mine])),
                )
            )
    return made
