from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from salience.events import InvalidInput
from salience.optimise.attention.purse import Purse


def test_many_workers_take_exactly_what_is_there() -> None:
    purse = Purse(1_000)
    with ThreadPoolExecutor(16) as pool:
        taken = list(pool.map(lambda _: purse.reserve(1), range(3_000)))
    assert sum(taken) == 1_000
    assert purse.left == 0


def test_what_was_not_paid_comes_back() -> None:
    purse = Purse(10)
    assert purse.reserve(8)
    assert not purse.reserve(3)
    purse.settle(8, 2)
    assert (purse.left, purse.spent, purse.held) == (8, 2, 0)


def test_more_than_was_reserved_cannot_be_paid() -> None:
    purse = Purse(10)
    purse.reserve(2)
    with pytest.raises(InvalidInput, match="were reserved"):
        purse.settle(2, 3)
    with pytest.raises(InvalidInput, match="0 or more"):
        purse.reserve(-1)
