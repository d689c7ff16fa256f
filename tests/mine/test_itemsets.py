"""Frequent itemsets: exact, against counting every subset."""

import sys
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from salience.events import InvalidInput
from salience.mine.itemsets import Itemsets, itemsets

MODULE = sys.modules["salience.mine.itemsets"]  # the room exports a function of the same name


def matrix(baskets: list[set[int]], width: int) -> "sparse.csr_array[np.float32]":
    dense = np.zeros((len(baskets), width), np.float32)
    for row, basket in enumerate(baskets):
        dense[row, list(basket)] = 1
    return sparse.csr_array(dense)


def brute_force(baskets: list[set[int]], width: int, least: int) -> dict[frozenset[int], int]:
    counts = {}
    for size in range(1, width + 1):
        for items in combinations(range(width), size):
            count = sum(basket.issuperset(items) for basket in baskets)
            if count >= least:
                counts[frozenset(items)] = count
    return counts


def as_dict(found: Itemsets) -> dict[frozenset[int], int]:
    return {
        frozenset(items): count
        for sets, counts in found.levels
        for items, count in zip(sets.tolist(), counts.tolist(), strict=True)
    }


@settings(deadline=None)
@given(st.lists(st.sets(st.integers(0, 6)), min_size=1, max_size=90), st.integers(1, 10))
def test_every_frequent_set_and_no_other(baskets: list[set[int]], least: int) -> None:
    found = itemsets(matrix(baskets, 7), min_support=min(1.0, least / len(baskets)))
    expected = brute_force(baskets, 7, min(least, len(baskets)))
    assert as_dict(found) == expected
    assert len(found) == len(expected)


def test_a_threshold_is_met_from_its_value_on() -> None:
    ten = matrix([{0}] * 3 + [{1}] * 7, 2)
    assert len(itemsets(ten, min_support=0.3)) == 2  # 0.3 * 10 is 3.0000000000000004 in floating point or less
    assert len(itemsets(ten, min_support=0.31)) == 1


def test_baskets_beyond_one_word_of_bits() -> None:
    found = itemsets(matrix([{0, 1, 2}] * 1000 + [{0, 1}] * 65 + [{2}] * 7, 3), min_support=0.001)
    assert as_dict(found) == {
        frozenset({0}): 1065, frozenset({1}): 1065, frozenset({2}): 1007, frozenset({0, 1}): 1065,
        frozenset({0, 2}): 1000, frozenset({1, 2}): 1000, frozenset({0, 1, 2}): 1000,
    }  # fmt: skip


def test_only_what_is_wanted_is_in_a_basket() -> None:
    disliked = sparse.csr_array((np.array([1, 0], np.float32), ([0, 0], [0, 1])), shape=(1, 2))
    assert as_dict(itemsets(disliked, min_support=1)) == {frozenset({0}): 1}


def test_too_many_are_refused_with_a_way_out() -> None:
    with pytest.raises(InvalidInput, match=r"min_support = 0.5: gives more than 100 itemsets; raise it, e.g. to 1.0"):
        itemsets(matrix([set(range(10))], 10), min_support=0.5, most=100)


@pytest.mark.parametrize("support", [0, -0.1, 1.1])
def test_support_is_a_share(support: float) -> None:
    with pytest.raises(InvalidInput, match="min_support"):
        itemsets(matrix([{0}], 1), min_support=support)


def test_no_baskets_no_itemsets() -> None:
    assert len(itemsets(matrix([], 3), min_support=0.1)) == 0


def test_memory_is_refused_before_it_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MODULE, "HELD", 1000)
    wide = matrix([set(range(30))] * 300, 30)
    with pytest.raises(InvalidInput, match=r"min_support = 0.2: needs 0.0 GB at once; .*; raise it, e.g. to 0.4"):
        itemsets(wide, min_support=0.2)


def test_bits_set_in_blocks_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    baskets = [set(np.flatnonzero(rng.random(12) < 0.4).tolist()) for _ in range(200)]
    whole = as_dict(itemsets(matrix(baskets, 12), min_support=0.02))
    monkeypatch.setattr(MODULE, "BLOCK", 40)
    assert as_dict(itemsets(matrix(baskets, 12), min_support=0.02)) == whole
