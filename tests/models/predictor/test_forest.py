from __future__ import annotations

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from salience.events import InvalidInput
from salience.models.predictor.columns import encoder
from salience.models.predictor.forest import DecisionTree, RandomForest
from tests.models.predictor.predictor_suite import PredictorSuite


class TestDecisionTree(PredictorSuite):
    learner = DecisionTree()
    least_auc = 0.82


class TestRandomForest(PredictorSuite):
    learner = RandomForest(trees=30)


def test_a_tree_equals_scikit_learn_s() -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 40, (900, 4))
    y = (rng.random(900) < 1 / (1 + np.exp(-(x[:, 0] - 20) / 5 + 2 * (x[:, 1] > 25)))).astype(np.int64)
    cells = {f"c{n}": [str(one) for one in x[:, n]] for n in range(4)}
    rows = encoder(cells).rows(cells, 900)
    told = DecisionTree(depth=3, least=15).fit(rows, y, 2).probabilities(rows)[:, 1]
    leaf = DecisionTreeClassifier(max_depth=3, min_samples_leaf=15, random_state=0).fit(rows.tall, y).apply(rows.tall)
    prior = (y.sum() + 0.5) / (len(y) + 1)
    for one in np.unique(leaf):
        inside = leaf == one
        np.testing.assert_allclose(told[inside], (y[inside].sum() + prior) / (inside.sum() + 1))


def test_settings_are_checked() -> None:
    with pytest.raises(InvalidInput, match="columns"):
        RandomForest(columns=0)
    with pytest.raises(InvalidInput, match="depth"):
        DecisionTree(depth=0)
