from __future__ import annotations

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.events.interactions import IdMap
from salience.models.basket import Baskets


def test_there_and_back() -> None:
    lists = [[["a", "b"], ["c"]], [], [["a"]]]
    table = Baskets.of(lists)
    assert table.lists() == lists
    assert table.counts.tolist() == [2, 0, 1]
    assert table.person.tolist() == [0, 0, 0, 2]
    assert table.age.tolist() == [1, 1, 0, 0]
    assert table.rows(np.array([2, 0])).lists() == [[["a"]], [["a", "b"], ["c"]]]
    assert table.newest(1).lists() == [[["c"]], [], [["a"]]]


def test_unknown_items_and_then_empty_baskets_are_left_out_and_twice_is_once() -> None:
    assert Baskets.of([[["a", "x", "a"], ["x"]]], IdMap(("a",))).lists() == [[["a"]]]


def test_weights_of_an_item_are_added_up() -> None:
    table = Baskets.of([[["a"], ["a", "b"]]])
    assert table.weighted(np.array([1.0, 2.0, 4.0])).toarray().tolist() == [[3.0, 4.0]]


def test_pointers_that_do_not_rise_are_refused() -> None:
    one = np.array([0], dtype=np.int32)
    with pytest.raises(InvalidInput, match="bounds"):
        Baskets(IdMap(("a",)), one, np.array([0, 2]), np.array([0, 1]))
    with pytest.raises(InvalidInput, match="codes"):
        Baskets(IdMap(("a",)), one + 1, np.array([0, 1]), np.array([0, 1]))
