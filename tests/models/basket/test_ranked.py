from __future__ import annotations

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.models.basket import Baskets, NextItems, Personal, Popular, Ranked
from tests.models.basket.basket_suite import BasketSuite, world

PARTS = (Personal(), NextItems(), Popular())


class TestTrees(BasketSuite):
    algorithm = Ranked(PARTS, trees=20)


class TestLine(BasketSuite):
    algorithm = Ranked(PARTS, trees=0)


def test_it_finds_whose_turn_it_is() -> None:
    # everybody's next basket is the habit and the other of the two tastes: no single frequency says so
    before, last, _ = world().without_last()
    model = Ranked(PARTS, trees=0).fit(before, seed=0)
    codes, _ = model.top(before, 2)
    assert np.take_along_axis(last.toarray(), codes, axis=1).mean() > 0.9


def test_one_basket_each_teaches_no_order() -> None:
    with pytest.raises(InvalidInput, match="two baskets"):
        Ranked(PARTS).fit(Baskets.of([[["a"]], [["b"]]]))


def test_no_parts_are_refused() -> None:
    with pytest.raises(InvalidInput, match="parts"):
        Ranked(())
