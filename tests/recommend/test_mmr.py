"""Maximal marginal relevance on three items, by hand."""

from __future__ import annotations

import numpy as np

from salience.recommend.mmr import Mmr

ALIKE = np.array([[1.0, 0.5, 0.0], [0.5, 1.0, 0.2], [0.0, 0.2, 1.0]])


def test_before_any_choice_nothing_is_alike() -> None:
    np.testing.assert_array_equal(Mmr(ALIKE).gain(), [0, 0, 0])


def test_each_item_pays_for_the_chosen_one_that_it_resembles_most() -> None:
    row = Mmr(ALIKE)
    row.add(0)
    np.testing.assert_array_equal(row.gain(), [-1, -0.5, 0])
    row.add(2)
    np.testing.assert_array_equal(row.gain(), [-1, -0.5, -1])  # item 1: 0.5 to item 0 is more than 0.2 to item 2


def test_the_order_of_the_choices_does_not_matter() -> None:
    one, other = Mmr(ALIKE), Mmr(ALIKE)
    for place in (1, 2):
        one.add(place)
    for place in (2, 1):
        other.add(place)
    np.testing.assert_array_equal(one.gain(), other.gain())
