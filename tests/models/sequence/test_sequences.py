from __future__ import annotations

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.events.interactions import IdMap
from salience.models.sequence import Sequences

TABLE = Sequences.of([["a", "b", "a"], [], ["c"], ["b", "c"]])


def test_lists_come_back() -> None:
    assert TABLE.lists() == [["a", "b", "a"], [], ["c"], ["b", "c"]]
    assert TABLE.lengths.tolist() == [3, 0, 1, 2]
    assert TABLE.row.tolist() == [0, 0, 0, 2, 3, 3]
    assert TABLE.age.tolist() == [2, 1, 0, 0, 1, 0]


def test_unknown_ids_are_left_out_when_the_items_are_given() -> None:
    assert Sequences.of([["a", "x", "c"]], items=TABLE.items).lists() == [["a", "c"]]


def test_rows_in_the_order_asked_for() -> None:
    assert TABLE.rows(np.array([3, 1, 0])).lists() == [["b", "c"], [], ["a", "b", "a"]]
    assert TABLE.rows(slice(2, 3)).lists() == [["c"]]


def test_newest_keeps_the_end() -> None:
    assert TABLE.newest(2).lists() == [["b", "a"], [], ["c"], ["b", "c"]]


def test_without_last_drops_what_is_too_short() -> None:
    prefixes, targets = TABLE.without_last()
    assert prefixes.lists() == [["a", "b"], ["b"]]
    assert [TABLE.items.names[code] for code in targets] == ["a", "c"]


def test_steps_are_all_prefixes() -> None:
    prefixes, targets = TABLE.steps()
    assert prefixes.lists() == [["a"], ["a", "b"], ["b"]]
    assert [TABLE.items.names[code] for code in targets] == ["b", "a", "c"]
    assert TABLE.steps(most=1)[0].lists() == [["a"], ["b"], ["b"]]


def test_weighted_sums_over_occurrences_and_leaves_the_order_alone() -> None:
    table = Sequences.of([["b", "a", "b"]], items=IdMap(("a", "b")))
    assert table.weighted(np.array([1, 2, 4], dtype=np.float32)).toarray().tolist() == [[2, 5]]
    assert table.lists() == [["b", "a", "b"]]


def test_codes_outside_the_items_are_refused() -> None:
    with pytest.raises(InvalidInput, match="codes"):
        Sequences(IdMap(("a",)), np.array([1], dtype=np.int32), np.array([0, 1]))


@pytest.mark.parametrize("indptr", [[], [1, 2], [0, 1], [0, 3, 2]])
def test_pointers_that_do_not_fit_are_refused(indptr: list[int]) -> None:
    with pytest.raises(InvalidInput, match="indptr"):
        Sequences(IdMap(("a",)), np.array([0, 0], dtype=np.int32), np.array(indptr, dtype=np.int64))
