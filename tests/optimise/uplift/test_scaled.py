"""A score on the scale of the outcome: right where people differ, flat where they do not."""

from __future__ import annotations

import numpy as np
import pytest

from salience.optimise.uplift.scaled import LEAST, scaled
from salience.optimise.uplift.trial import Floats, Trial


def world(tau: Floats, seed: int = 0) -> Trial:
    """Who is treated hangs on the first covariate, which moves the outcome as well."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(len(tau), 3))
    share = np.clip(1 / (1 + np.exp(-2 * x[:, 0])), 0.02, 0.98)
    treated = (rng.random(len(tau)) < share).astype(np.int8)
    return Trial.of(x, treated, 3 * x[:, 0] + treated * tau + rng.normal(size=len(tau)), share)


def test_a_score_of_another_scale_becomes_the_gain() -> None:
    tau = np.random.default_rng(1).normal(1.0, 1.0, size=4_000)
    base, slope = scaled(50 + 10 * tau, world(tau), 0)
    assert slope == pytest.approx(0.1, abs=0.01)
    assert base + slope * 60 == pytest.approx(1.0, abs=0.1)


def test_noise_is_taken_for_noise() -> None:
    slopes = []
    for seed in range(10):
        score = np.random.default_rng(seed).normal(size=1_000)
        base, slope = scaled(score, world(np.ones(1_000), seed), seed)
        slopes.append(slope)
        assert base == pytest.approx(1.0, abs=0.4)  # also where some have one chance in fifty
    assert np.median(slopes) == LEAST
    assert max(slopes) < 0.1


def test_a_score_that_points_the_wrong_way_is_not_turned_round() -> None:
    tau = np.random.default_rng(1).normal(1.0, 1.0, size=2_000)
    assert scaled(-tau, world(tau), 0)[1] == LEAST
