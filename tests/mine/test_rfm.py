"""Ten customers in a row: each later, busier and richer than the one before."""

from __future__ import annotations

from salience.mine.purchases import Purchases
from salience.mine.rfm import rfm

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
    assert set(found.groups) == {"others"}
