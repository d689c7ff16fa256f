from __future__ import annotations

import numpy as np
import pytest

from salience.evaluate import difference, lift, mean
from salience.evaluate import intervals as module
from salience.events import InvalidInput


def test_it_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    covered = 0
    for seed in range(200):
        found = mean(rng.exponential(size=80), seed=seed, resamples=400)
        covered += found.low <= 1.0 <= found.high
    assert 0.88 <= covered / 200 <= 0.98


def test_it_is_about_as_wide_as_theory_says() -> None:
    values = np.random.default_rng(1).normal(size=2000)
    found = mean(values)
    assert (found.high - found.low) == pytest.approx(2 * 1.96 * values.std() / np.sqrt(2000), rel=0.1)
    assert found.low < found.value < found.high


def test_seeded() -> None:
    values = np.random.default_rng(1).normal(size=50)
    assert mean(values, seed=3) == mean(values, seed=3)
    assert mean(values, seed=3) != mean(values, seed=4)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(1).normal(size=50)
    whole = mean(values)
    monkeypatch.setattr(module, "CELLS", 50 * 7)
    assert mean(values) == whole


def test_pairing_sees_a_small_gain_that_two_intervals_would_hide() -> None:
    rng = np.random.default_rng(2)
    theirs = rng.normal(size=300)
    ours = theirs + 0.05 + rng.normal(size=300) * 0.1
    assert mean(ours).low < mean(theirs).high  # apart, they overlap
    assert difference(ours, theirs).excludes_zero


def test_lift_is_relative() -> None:
    ours, theirs = np.array([0.4, 0.2, 0.3]), np.array([0.2, 0.1, 0.1])
    found = lift(ours, theirs)
    assert found.value == pytest.approx(0.9 / 0.4 - 1)
    assert found.low <= found.value <= found.high


def test_lift_over_nothing() -> None:
    assert lift(np.zeros(3), np.zeros(3)).value == 0.0
    assert lift(np.ones(3), np.zeros(3)).value == np.inf


def test_nobody_to_judge_by_is_refused() -> None:
    with pytest.raises(InvalidInput, match="nobody"):
        mean(np.array([]))
