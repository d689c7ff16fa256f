"""Exposure floors on rows of three: positions worth 1, 0.631 and 0.5, together 2.131."""

from __future__ import annotations

import numpy as np
import pytest

from salience.recommend.floors import Floors, reachable

SMALL = np.array([False, False, True, True])
LARGE = ~SMALL


def test_relevance_keeps_the_top_as_long_as_the_last_position_suffices() -> None:
    floors = Floors([SMALL], [0.2], 3)  # 0.426 is less than 0.5
    assert floors.must() is None
    floors.add(0)
    assert floors.must() is None
    floors.add(1)
    np.testing.assert_array_equal(floors.must(), SMALL)


def test_a_larger_share_claims_a_better_position_and_then_rests() -> None:
    floors = Floors([SMALL], [0.25], 3)  # 0.533: more than 0.5, less than 0.631
    assert floors.must() is None
    floors.add(0)
    np.testing.assert_array_equal(floors.must(), SMALL)
    floors.add(2)
    assert floors.must() is None


def test_two_groups_share_the_row() -> None:
    floors = Floors([SMALL, LARGE], [0.4, 0.4], 3)  # 0.852 each: one takes the top, the other both positions below
    np.testing.assert_array_equal(floors.must(), SMALL)
    floors.add(2)
    np.testing.assert_array_equal(floors.must(), LARGE)
    floors.add(0)
    np.testing.assert_array_equal(floors.must(), LARGE)


def test_an_item_of_two_groups_serves_both() -> None:
    everything = np.ones(4, dtype=bool)
    floors = Floors([SMALL, everything], [0.4, 0.4], 3)
    floors.add(2)
    assert floors.must() is None
    floors.add(0)
    assert floors.must() is None


def test_what_cannot_be_met_is_met_as_far_as_it_goes() -> None:
    floors = Floors([SMALL], [1.0], 2)
    np.testing.assert_array_equal(floors.must(), SMALL)
    floors.add(0)  # as if no small one had been left
    np.testing.assert_array_equal(floors.must(), SMALL)


@pytest.mark.parametrize(
    ("need", "exposure", "answer"),
    [
        ([], [], True),
        ([0.0], [], True),
        ([0.5], [0.5], True),
        ([0.6], [0.5], False),
        ([0.6], [0.5, 0.5], True),
        ([0.6, 0.4], [0.7, 0.4], True),
        ([0.6, 0.4], [0.7, 0.3], False),
    ],
)
def test_reachable_by_hand(need: list[float], exposure: list[float], answer: bool) -> None:
    assert reachable(np.array(need), np.array(exposure)) is answer
