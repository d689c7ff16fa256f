from __future__ import annotations

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from salience.models.predictor.calibration import Calibration, isotonic, none, platt
from salience.models.predictor.predictor import softmax


def world(rows: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    true = rng.normal(size=rows) - 1
    y = (rng.random(rows) < 1 / (1 + np.exp(-true))).astype(np.int64)
    return np.stack([np.zeros(rows), 3 * true + 2], axis=1), y


@pytest.mark.parametrize("way", [platt, isotonic])
def test_too_sure_becomes_right(way) -> None:  # type: ignore[no-untyped-def]
    odds, y = world()
    made = way(odds[:2000], y[:2000])
    told = softmax(made.apply(odds[2000:]))[:, 1]
    raw = softmax(odds[2000:])[:, 1]
    high = raw > 0.9
    assert abs(told[high].mean() - y[2000:][high].mean()) < 0.05
    assert abs(raw[high].mean() - y[2000:][high].mean()) > 0.2
    again = Calibration.from_arrays(made.arrays())
    np.testing.assert_array_equal(again.apply(odds), made.apply(odds))


def test_platt_finds_the_slope_and_the_shift_of_several_classes() -> None:
    rng = np.random.default_rng(1)
    true = rng.normal(size=(6000, 3)) + np.array([1, 0, -1])
    y = (true + rng.gumbel(size=true.shape)).argmax(axis=1)
    made = platt(true * 2, y)
    assert made.slope == pytest.approx(0.5, abs=0.03)
    assert made.name == "Platt"


def test_pooling_equals_scikit_learn_s() -> None:
    odds, y = world(500)
    score = odds[:, 1]
    theirs = IsotonicRegression().fit(score, y).predict(score)
    from salience.models.predictor.calibration import _pooled

    order = np.argsort(score, kind="stable")
    share, mass, _ = _pooled(y[order].astype(float), np.ones(500), score[order])
    np.testing.assert_allclose(np.repeat(share, mass.round().astype(int)), theirs[order], atol=1e-9)


def test_newer_rows_can_count_more() -> None:
    odds = np.zeros((1000, 2))
    y = np.repeat([0, 1], [900, 100])
    assert softmax(platt(odds, y).apply(odds))[0, 1] == pytest.approx(0.1, abs=0.01)
    weight = np.where(np.arange(1000) < 900, 0.01, 1.0)
    assert softmax(platt(odds, y, weight, slope=False).apply(odds))[0, 1] > 0.8


def test_none_leaves_everything_as_it_is() -> None:
    odds, _ = world(10)
    np.testing.assert_array_equal(none(2).apply(odds), odds)
    with pytest.raises(ValueError, match="knots"):
        Calibration.from_arrays(
            {"slope": np.ones(1), "shift": np.zeros(2), "knots": np.zeros(2), "levels": np.zeros(1)}
        )
