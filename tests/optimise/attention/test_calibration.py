from __future__ import annotations

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.optimise.attention.calibration import Calibrator, calibration, resampled


def test_down_sampling_is_undone_exactly() -> None:
    p = np.array([0.01, 0.2, 0.6])
    sampled = p / (p + (1 - p) * 0.05)
    assert resampled(sampled, 0.05) == pytest.approx(p)
    with pytest.raises(InvalidInput, match="at most 1"):
        resampled(p, 0.0)


def test_a_right_model_is_left_alone_and_a_wrong_one_is_put_right() -> None:
    rng = np.random.default_rng(4)
    truth = rng.beta(1, 20, (60, 5_000))
    logit = np.log(truth / (1 - truth))
    wrong = 1 / (1 + np.exp(-(1.5 * logit + 1.0)))
    for model in (truth, wrong):
        made, found, happened = Calibrator(), [], []
        for given, p in zip(model, truth, strict=True):
            clicked = (rng.random(5_000) < p).astype(float)
            found.append(made.predict(given))
            happened.append(clicked)
            made.learn(given, clicked)
        judged = calibration(np.concatenate(found[10:]), np.concatenate(happened[10:]))
        assert judged.ratio == pytest.approx(1.0, abs=0.02)
        assert all(0.85 < one.ratio < 1.15 for one in judged.deciles[2:])
        assert judged.entropy < 0.95
    assert made.state[2] == pytest.approx(1 / 1.5, abs=0.06)


def test_a_drift_that_goes_on_is_not_always_found_too_late() -> None:
    rng, made, ratios = np.random.default_rng(5), Calibrator(), []
    for at in range(120):
        p = 1 / (1 + np.exp(2.0 + 0.02 * at))
        clicked = (rng.random(5_000) < p).astype(float)
        ratios.append(made.predict(np.full(5_000, 0.1))[0] / p)
        made.learn(np.full(5_000, 0.1), clicked)
    assert np.mean(ratios[40:]) == pytest.approx(1.0, abs=0.03)


def test_nothing_is_judged_without_clicks() -> None:
    with pytest.raises(InvalidInput, match="are none"):
        calibration(np.array([0.1, 0.2]), np.zeros(2))
