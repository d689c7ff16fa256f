from __future__ import annotations

import numpy as np
import pytest
from sklearn.naive_bayes import CategoricalNB

from salience.events import InvalidInput
from salience.models.predictor.bayes import NaiveBayes
from salience.models.predictor.columns import encoder
from tests.models.predictor.predictor_suite import PredictorSuite


class TestNaiveBayes(PredictorSuite):
    learner = NaiveBayes()


def test_equals_scikit_learn_on_levels() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (500, 3))
    y = (codes[:, 0] + rng.integers(0, 3, 500) > 3).astype(np.int64)
    cells = {f"c{n}": [f"level {code}" for code in codes[:, n]] for n in range(3)}
    rows = encoder(cells, rare=True).rows(cells, 500)
    # its alpha is added to every one of the 4 levels and the one for unknown ones, ours is spread over them
    theirs = CategoricalNB(alpha=0.2, min_categories=5, force_alpha=True).fit(rows.codes.astype(int), y)
    ours = NaiveBayes(smooth=1.0).fit(rows, y, 2).probabilities(rows)
    assert np.abs(ours - theirs.predict_proba(rows.codes.astype(int))).max() < 0.01


def test_a_level_that_never_came_says_little() -> None:
    cells = {"c": ["a", "b"] * 30}
    known = encoder(cells)
    model = NaiveBayes().fit(known.rows(cells, 60), np.array([0, 1] * 30), 2)
    assert abs(model.probabilities(known.rows({"c": ["new"]}, 1))[0, 1] - 0.5) < 0.1


def test_settings_are_checked() -> None:
    with pytest.raises(InvalidInput, match="temper"):
        NaiveBayes(temper=0)
