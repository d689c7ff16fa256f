from __future__ import annotations

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.optimise.attention.pacing import Pacer


def day(pacer: Pacer, values: np.ndarray, prices: np.ndarray) -> tuple[float, list[float]]:
    won, left = 0.0, []
    for value, price in zip(values.tolist(), prices.tolist(), strict=True):
        paid = price if pacer.bid(value) >= price else 0.0
        pacer.settle(paid)
        won += value if paid else 0.0
        left.append(pacer.left)
    return won, left


def test_the_budget_lasts_the_day_and_is_never_overdrawn() -> None:
    rng = np.random.default_rng(3)
    values, prices = rng.beta(2, 5, 5_000), rng.lognormal(-1.6, 0.6, 5_000)
    _, left = day(Pacer(100.0, 5_000), values, prices)
    assert min(left) >= 0
    assert left[-1] < 2.0
    assert 30 < left[2_499] < 70


def test_more_money_than_auctions_bids_what_things_are_worth() -> None:
    pacer = Pacer(1e6, 100)
    won, _ = day(pacer, np.full(100, 0.5), np.full(100, 0.4))
    assert (pacer.multiplier, won) == (0.0, 50.0)


def test_more_auctions_than_expected_spend_no_more_than_there_is() -> None:
    _, left = day(Pacer(5.0, 100), np.full(400, 1.0), np.full(400, 0.3))
    assert min(left) >= 0


def test_a_campaign_without_money_is_refused() -> None:
    with pytest.raises(InvalidInput, match="above 0"):
        Pacer(0.0, 10)
