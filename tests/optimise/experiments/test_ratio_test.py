from __future__ import annotations

import numpy as np
import pytest

from salience.optimise.experiments.ratio_test import ALPHA, path, ratio_test

ARMS = ("control", "new")


def test_even_arms_are_sound() -> None:
    found = ratio_test(ARMS, np.array([[5000.0, 5040.0], [5100.0, 5000.0]]), np.full((2, 2), 0.5))
    assert found.ok
    assert found.causes == ()


def test_a_share_that_changed_is_no_mismatch() -> None:
    counts = np.array([[9000.0, 1000.0], [5000.0, 5000.0]])
    shares = np.array([[0.9, 0.1], [0.5, 0.5]])
    assert ratio_test(ARMS, counts, shares).ok
    assert not ratio_test(ARMS, counts, np.full((2, 2), 0.7) * [[1, 3 / 7]]).ok


def test_the_evidence_is_a_martingale_that_starts_at_1() -> None:
    rng, share = np.random.default_rng(14), np.array([[0.8, 0.2], [0.5, 0.5], [0.3, 0.7]])
    first = rng.binomial(50, share[:, 0], (20_000, 3)).astype(float)
    found = np.exp(path(np.stack([first, 50 - first], axis=-1), share)[:, -1])
    assert found.mean() == pytest.approx(1.0, abs=0.07)


def test_the_segment_is_named_although_the_whole_looks_sound() -> None:
    whole, safari = np.array([[50_000.0, 49_750.0]]), np.array([[2000.0, 1400.0]])
    segments = {"browser=safari": safari, "browser=other": whole - safari}
    found = ratio_test(ARMS, whole, np.full((1, 2), 0.5), segments)
    assert not found.ok
    assert found.causes[0].segment == "browser=safari"
    assert found.whole.evidence < np.log(1 / ALPHA)
    assert found.sound_without


def test_an_empty_experiment_is_not_accused() -> None:
    assert ratio_test(ARMS, np.zeros((0, 2)), np.zeros((0, 2))).ok
    assert ratio_test(ARMS, np.zeros((1, 2)), np.full((1, 2), 0.5)).ok
