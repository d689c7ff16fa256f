"""Intervals of skewed terms: they cover on both sides, and are the usual ones where nothing is skewed."""

from __future__ import annotations

import numpy as np
import pytest

from salience.optimise.ope.intervals import interval
from salience.optimise.ope.weighting import ips, snips
from tests.optimise.ope.worlds import choices

RUNS = 3000


def test_of_normal_terms_it_is_the_usual_one() -> None:
    terms = np.random.default_rng(0).normal(3, 2, size=100_000)
    low, high, error = interval(float(terms.mean()), terms)
    assert error == pytest.approx(2 / 100_000**0.5, rel=0.01)
    assert [low, high] == pytest.approx([terms.mean() - 1.96 * error, terms.mean() + 1.96 * error], rel=1e-4)


def test_mirrored_terms_have_a_mirrored_interval() -> None:
    terms = np.random.default_rng(1).exponential(size=50)
    low, high, _ = interval(float(terms.mean()), terms)
    again_low, again_high, _ = interval(-float(terms.mean()), -terms)
    assert [again_low, again_high] == pytest.approx([-high, -low])
    assert high - terms.mean() > terms.mean() - low  # what was not seen yet lies above


def test_skewed_terms_are_covered_where_the_normal_interval_is_not() -> None:
    rng = np.random.default_rng(2)
    draws = rng.lognormal(0, 1, size=(RUNS, 60))
    truth = np.exp(0.5)
    normal = np.abs(draws.mean(1) - truth) <= 1.96 * draws.std(1, ddof=1) / 60**0.5
    found = [interval(float(one.mean()), one) for one in draws]
    covered = np.array([low <= truth <= high for low, high, _ in found])
    assert normal.mean() < 0.91
    assert covered.mean() > 0.93
    assert covered.mean() > normal.mean() + 0.02


def test_one_term_that_carries_all_and_terms_that_are_equal() -> None:
    one = np.zeros(100)
    one[0] = 1.0
    low, high, error = interval(0.01, one)
    assert np.isfinite([low, high]).all()
    assert high > 0.01 + 4 * error
    assert interval(0.5, np.full(10, 0.5))[:2] == (0.5, 0.5)


def test_where_no_choice_is_the_targets_nothing_is_known() -> None:
    log, target, _ = choices(50, seed=0)
    never = np.zeros_like(target)
    assert snips(log, never).low == -np.inf
    assert ips(log, never).value == 0.0
