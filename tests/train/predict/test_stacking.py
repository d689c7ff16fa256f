from __future__ import annotations

import numpy as np

from salience.evaluate.chances import surprise
from salience.models.predictor.predictor import softmax
from salience.train.predict.stacking import Judged, calibrated, fading, honest, learn


def world(rows: int = 3000, seed: int = 0) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    """Two good candidates with noise of their own, a worthless one, and a good one that is far too sure."""
    rng = np.random.default_rng(seed)
    true = rng.normal(size=rows) - 1
    y = (rng.random(rows) < 1 / (1 + np.exp(-true))).astype(np.int64)
    said = (
        true + rng.normal(size=rows),
        true + rng.normal(size=rows),
        rng.normal(size=rows),
        5 * true + rng.normal(size=rows) * 5,
    )
    return tuple(np.stack([np.zeros(rows), one], axis=1) for one in said), y


def test_the_blend_beats_each_and_leaves_the_worthless_out() -> None:
    odds, y = world()
    recipe = learn(Judged(odds, y, np.zeros(len(y), np.int64), ordered=False), 0)
    assert 2 not in recipe.members
    assert {0, 1, 3} == set(recipe.members)
    new, truth = world(seed=7)
    blended = surprise(softmax(recipe.apply(new)), truth).mean()
    assert blended < min(surprise(softmax(one), truth).mean() for one in new) - 0.02
    told = softmax(recipe.apply(new))[:, 1]
    assert abs(told.mean() - truth.mean()) < 0.02


def test_an_honest_figure_is_that_of_rows_the_recipe_has_not_seen() -> None:
    rng = np.random.default_rng(0)
    y = (rng.random(400) < 0.5).astype(np.int64)
    odds = tuple(np.stack([np.zeros(400), rng.normal(size=400)], axis=1) for _ in range(40))  # all worthless
    judged = Judged(odds, y, np.zeros(400, np.int64), ordered=False)
    recipe = learn(judged, 0)
    rows, told = honest(judged, 0)
    assert sorted(rows.tolist()) == list(range(400))
    flattered = surprise(softmax(recipe.apply(odds)), y).mean()
    assert surprise(softmax(told), y[rows]).mean() > flattered + 0.005


def test_in_time_order_nothing_is_judged_by_what_comes_later() -> None:
    odds, y = world(600)
    group = np.repeat(np.arange(6), 100)
    judged = Judged(odds, y, group, ordered=True)
    for before, after in judged.rounds(0):
        assert group[before].max() < group[after].min()
    rows, _ = honest(judged, 0)
    assert rows.min() == 100


def test_a_calibration_forgets_where_the_share_moves() -> None:
    rng = np.random.default_rng(2)
    late = np.arange(4000) >= 2000
    y = (rng.random(4000) < np.where(late, 0.6, 0.1)).astype(np.int64)
    odds = np.tile([np.log(9), 0.0], (4000, 1))  # right for the first half
    found = calibrated(odds, Judged((odds,), y, np.repeat(np.arange(8), 500), ordered=True), 0)
    assert softmax(found.apply(odds))[0, 1] > 0.55
    still = calibrated(odds, Judged((odds,), y, np.zeros(4000, np.int64), ordered=False), 0)
    assert abs(softmax(still.apply(odds))[0, 1] - y.mean()) < 0.02


def test_fading_halves() -> None:
    np.testing.assert_allclose(fading(5, 2)[::2], [0.25, 0.5, 1.0])


def test_in_time_order_good_candidates_weigh_alike_and_bad_ones_nothing() -> None:
    odds, y = world()
    recipe = learn(Judged(odds, y, np.repeat(np.arange(10), 300), ordered=True), 0)
    assert recipe.members == (0, 1)  # the worthless one says nothing, the fourth is far too sure
    assert recipe.weights.tolist() == [0.5, 0.5]
    assert recipe.calibration.name in ("none", "Platt")
