from typing import Any

import numpy as np
import pytest

from salience.events.interactions import Interactions
from salience.models.hybrid import conditional_logit
from salience.models.hybrid.conditional_logit import choices, fitted
from salience.models.hybrid.held_out import Part
from tests.models.model_suite import history

X: Any = np.random.default_rng(0).normal(size=(3, 1, 6)).astype(np.float32)
NOBODY = Interactions.from_rows([])


def part() -> Part:
    return Part(NOBODY, np.array([0]), history({0: 1.0}, width=6), history({2: 1.0, 5: 1.0}, width=6))


def by_hand(w: Any) -> float:
    s = w @ X[:, 0]
    others = np.exp(s[[1, 3, 4]]).sum()  # neither had (0) nor held out (2, 5)
    return float(sum(np.log(np.exp(s[i]) + others) - s[i] for i in (2, 5)))


def test_it_is_the_likelihood_and_its_slope() -> None:
    w = np.array([0.3, 1.0, 0.1])
    (batch,) = choices(part(), lambda *_: X, 0)
    value, slope = batch.surprise(w.astype(np.float32))
    assert value == pytest.approx(by_hand(w), rel=1e-5)
    for k in range(3):
        step = np.eye(3)[k] * 1e-4
        assert slope[k] == pytest.approx((by_hand(w + step) - by_hand(w - step)) / 2e-4, rel=1e-3)


def test_the_fitted_weights_are_the_minimum() -> None:
    batches = choices(part(), lambda *_: X, 0)
    w = fitted(batches, 3, 0.1, positive=False).astype(np.float64)
    rng = np.random.default_rng(1)
    for _ in range(50):
        other = w + rng.normal(size=3) * 0.05
        assert by_hand(other) / 2 + 0.05 * other @ other > by_hand(w) / 2 + 0.05 * w @ w
    assert (fitted(batches, 3, 0.1, positive=True) >= 0).all()


def test_in_a_large_catalogue_the_best_of_each_feature_stand_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conditional_logit, "MOST_ITEMS", 4)
    monkeypatch.setattr(conditional_logit, "NEAREST", 1)
    monkeypatch.setattr(conditional_logit, "DRAWN", 1)
    (batch,) = choices(part(), lambda *_: X, 0)
    assert batch.others.shape[2] <= 4  # one of each feature, one drawn, nothing twice
    left = [1, 3, 4]  # neither had nor held out
    for k in range(3):
        open_ = batch.others[k][~batch.closed]
        assert X[k, 0, left].max() in open_
        assert len(set(open_.tolist())) == len(open_)  # nothing twice
    np.testing.assert_array_equal(batch.chosen, X[:, 0, [2, 5]])  # what was chosen is always there


def test_nobody_chose_anything() -> None:
    assert fitted([], 2, 0.1, positive=True).tolist() == [1, 1]
