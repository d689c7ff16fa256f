"""Calibrated shares: somebody who takes three dramas for each comedy."""

from __future__ import annotations

import numpy as np
import pytest

from salience.recommend.shares import Shares

DRAMA, COMEDY, BOTH = 0, 1, 2
MIX = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])
WANTED = np.array([0.75, 0.25])


def test_the_first_gain_by_hand() -> None:
    # half and half: q~ = .99 (.5, .5) + .01 (.75, .25) = (.5025, .4975)
    expected = -(0.75 * np.log(0.75 / 0.5025) + 0.25 * np.log(0.25 / 0.4975))
    gain = Shares(MIX, WANTED).gain()
    assert gain[BOTH] == pytest.approx(expected)
    assert gain[BOTH] > gain[DRAMA] > gain[COMEDY]


def test_the_wanted_mix_has_no_divergence() -> None:
    row = Shares(MIX, WANTED)
    for _ in range(3):
        row.add(DRAMA)
    gain = row.gain()
    assert gain[COMEDY] == pytest.approx(0, abs=1e-12)  # three to one
    assert gain[DRAMA] < gain[BOTH] < gain[COMEDY]


def test_the_best_of_each_step_fills_the_row_three_to_one() -> None:
    row, taken = Shares(MIX[:2], WANTED), []
    for _ in range(8):
        taken.append(int(np.argmax(row.gain())))
        row.add(taken[-1])
    assert taken.count(DRAMA) == 6
    assert taken.count(COMEDY) == 2


def test_a_category_that_nobody_wanted_is_no_division_by_zero() -> None:
    gain = Shares(MIX, np.array([1.0, 0.0])).gain()
    assert gain[DRAMA] == pytest.approx(0, abs=1e-12)
    assert gain[COMEDY] == pytest.approx(np.log(0.01))  # q~ of drama is .01 of the wanted 1
