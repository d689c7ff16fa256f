from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from salience.models.predictor.logistic import Logistic, separate
from tests.models.predictor.predictor_suite import PredictorSuite


class TestLogistic(PredictorSuite):
    learner = Logistic()


@pytest.mark.parametrize("classes", [2, 3])
def test_equals_scikit_learn(classes: int) -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(size=(400, 5))
    y = (z @ rng.normal(size=(5, classes)) + rng.gumbel(size=(400, classes))).argmax(axis=1)
    w = rng.random(400)
    theirs = LogisticRegression(C=0.3, tol=1e-10, max_iter=2000).fit(z, y, sample_weight=w)
    weights, bias = separate(z, y, classes, 0.3, w)
    np.testing.assert_allclose(weights.T, theirs.coef_, atol=1e-4)
    np.testing.assert_allclose(
        bias - bias.mean() * (classes > 2), theirs.intercept_ - theirs.intercept_.mean() * (classes > 2), atol=1e-4
    )
