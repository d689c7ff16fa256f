"""Two customers whose days can be counted on fingers."""

from __future__ import annotations

import pytest

from salience.events.fault import InvalidInput
from salience.mine.purchases import Purchases

SHOP = Purchases.of(["ann", "bob", "ann", "ann", "ann"], [0, 3, 14, 14, 28], [5, 1, 2, 4, 9])


def test_a_day_is_one_purchase() -> None:
    known = SHOP.until(21)
    assert known.frequency.tolist() == [1, 0]
    assert known.recency.tolist() == [2, 0]
    assert known.age.tolist() == [3, 18 / 7]
    assert known.spend.tolist() == [6, 0]


def test_what_comes_after_is_counted_apart() -> None:
    counts, worth = SHOP.bought(SHOP.until(21).codes, 21, 28)
    assert (counts.tolist(), worth.tolist()) == ([1, 0], [9, 0])
    assert SHOP.bought(SHOP.until(21).codes, 21, 27)[0].tolist() == [0, 0]


def test_who_is_not_yet_known_is_left_out() -> None:
    assert SHOP.until(2).codes.tolist() == [0]
    with pytest.raises(InvalidInput, match="before the first purchase"):
        SHOP.until(-1)


def test_nothing_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no purchases"):
        Purchases.of([], [])
