"""Ten customers in a row: each later, busier and richer than the one before."""

from __future__ import annotations

import pytest

from salience.events import InvalidInput
from salience.mine.purchases import Purchases
from salience.mine.rfm import GROUPS, rfm

ROWS = [(f"c{n}", 100 * n + day, 1.0 + n) for n in range(10) for day in range(n + 1)]


def test_fifths_follow_the_order() -> None:
    found = rfm(Purchases.of(*zip(*ROWS, strict=True)), 1000)
    assert found.scores[:, 0].tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert (found.scores[:, 0] == found.scores[:, 2]).all()
    assert found.frequency.tolist() == list(range(1, 11))
    assert found.groups[0] == "lost"
    assert found.groups[9] == "champions"


def test_equals_are_scored_alike() -> None:
    found = rfm(Purchases.of(["a", "b", "c"], [1, 1, 1]), 5)
    assert found.scores.tolist() == [[3, 3, 3]] * 3
    assert set(found.groups) == {"needing attention"}


def test_returns_count_against_money_and_are_no_purchase() -> None:
    found = rfm(Purchases.of(["a", "a", "b", "c"], [1, 8, 5, 9], [50.0, -20.0, 10.0, -5.0]), 10)
    assert dict(zip(found.customers, found.money.tolist(), strict=True)) == {"a": 30.0, "b": 10.0, "c": -5.0}
    assert found.frequency.tolist() == [1, 1, 0]
    assert found.recency.tolist() == [9, 5, 1]
    assert found.groups[2] == "returned everything"


def test_every_score_has_a_group_and_the_summary_adds_up() -> None:
    rows = [
        (f"c{r}-{f}", 100 * r + day, float(1 + f * r)) for r in range(12) for f in range(12) for day in range(f + 1)
    ]
    found = rfm(Purchases.of(*zip(*rows, strict=True)), 2000)
    told = found.summary()
    assert {one.name for one in told} <= set(GROUPS)
    assert sum(one.size for one in told) == len(found.customers) == 144
    assert sum(one.money_share for one in told) == pytest.approx(1)
    assert [one.name for one in told] == [name for name in GROUPS if name in found.groups]


def test_a_day_before_all_purchases_is_refused() -> None:
    with pytest.raises(InvalidInput, match="day"):
        rfm(Purchases.of(["a"], [5]), 4)
