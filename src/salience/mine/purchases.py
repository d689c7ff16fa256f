"""Purchases of many customers, and what the models of buying need of each: how often, how lately, how long known.

A day counts once per customer, as in Fader, Hardie & Lee (2005): what somebody buys on one day is one purchase with
the sum of the values. Days are whole numbers (of any calendar that counts on), periods are weeks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from salience.events.fault import InvalidInput

Floats = NDArray[np.float64]
WEEK = 7.0


@dataclass(frozen=True)
class Summary:
    """One entry per customer known by the last day. Weeks are counted from the first purchase.

    ``frequency``: days with a repeat purchase; ``recency``: week of the last one (0 if none); ``age``: weeks until the
    last day; ``spend``: mean value of the repeat days (0 if none); ``codes``: place in ``Purchases.customers``.
    """

    codes: NDArray[np.int64]
    frequency: Floats
    recency: Floats
    age: Floats
    spend: Floats


@dataclass(frozen=True)
class Purchases:
    """Days with a purchase, one row per customer and day, ordered by customer, then day."""

    customers: tuple[str, ...]
    codes: NDArray[np.int64]
    days: NDArray[np.int64]
    values: Floats

    @classmethod
    def of(cls, customers: Sequence[str], days: ArrayLike, values: ArrayLike | None = None) -> Purchases:
        """Rows in any order; without values every purchase is worth 1. Customers are numbered as they come first.

        >>> Purchases.of(["b", "a", "b"], [3, 1, 3], [2.0, 5.0, 4.0]).values.tolist()
        [6.0, 5.0]
        """
        if not len(customers):
            raise InvalidInput("transactions", 0, "holds no purchases", "give a customer and a day a line")
        known: dict[str, int] = {}
        codes = np.array([known.setdefault(name, len(known)) for name in customers], dtype=np.int64)
        when = np.asarray(days, dtype=np.int64)
        worth = np.ones(len(codes)) if values is None else np.asarray(values, dtype=np.float64)
        low = int(when.min())
        span = int(when.max()) - low + 1
        keys, place = np.unique(codes * span + when - low, return_inverse=True)
        return cls(tuple(known), keys // span, keys % span + low, np.bincount(place, worth).astype(np.float64))

    def until(self, day: int) -> Summary:
        """What is known at the end of ``day``; who has not bought by then is left out.

        >>> Purchases.of(["a", "a", "a"], [0, 7, 21], [1, 2, 9]).until(14).age.tolist()
        [2.0]
        """
        there = self.days <= day
        codes, days, values = self.codes[there], self.days[there], self.values[there]
        if not len(codes):
            raise InvalidInput("calibrate-until", day, "is before the first purchase", "name a later day")
        found, start, count = np.unique(codes, return_index=True, return_counts=True)
        first, last = days[start], days[start + count - 1]
        repeats = count - 1.0
        spent = np.add.reduceat(values, start) - values[start]
        mean = np.divide(spent, repeats, out=np.zeros(len(found)), where=repeats > 0)
        recency, age = ((last - first) / WEEK).astype(np.float64), ((day - first) / WEEK).astype(np.float64)
        return Summary(found, repeats.astype(np.float64), recency, age, mean)

    def bought(self, codes: NDArray[Any], after: int, until: int) -> tuple[Floats, Floats]:
        """(days with a purchase, their value) of these customers in the days ``after`` < day <= ``until``."""
        inside = (self.days > after) & (self.days <= until)
        of, size = self.codes[inside], len(self.customers)
        counts = np.bincount(of, minlength=size).astype(np.float64)
        return counts[codes], np.bincount(of, self.values[inside], minlength=size)[codes]
