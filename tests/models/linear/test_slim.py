from typing import Any

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.models.linear import slim
from salience.models.linear.ease import EASE
from salience.models.linear.slim import SLIM
from tests.models.model_suite import ModelSuite, checkerboard


class TestAll(ModelSuite):
    algorithm = SLIM(l1=0.01, l2=0.1)


class TestSigned(ModelSuite):
    algorithm = SLIM(l1=0.01, l2=0.1, positive=False, binary=False)


class TestNear(ModelSuite):
    algorithm = SLIM(l1=0.01, l2=0.1, neighbours=4)


def weights(algorithm: SLIM) -> Any:
    return algorithm.fit(checkerboard()).weights.toarray()  # type: ignore[union-attr]


def test_no_small_change_lowers_the_loss_of_the_paper() -> None:
    X = (checkerboard().matrix.toarray() > 0).astype(np.float64)
    unit = X.sum(axis=0)[:-1].mean()
    l1, l2 = 0.05 * unit, 0.5 * unit
    W = weights(SLIM(l1=0.05, l2=0.5, sweeps=500)).astype(np.float64)
    assert (W >= 0).all()
    assert (np.diag(W) == 0).all()

    def loss(V: Any) -> float:
        return float(((X - X @ V) ** 2).sum() / 2 + l2 * (V**2).sum() / 2 + l1 * np.abs(V).sum())

    rng = np.random.default_rng(0)
    for _ in range(100):
        nudge = np.abs(rng.normal(size=W.shape)) * rng.choice([0, 3e-2], W.shape)
        np.fill_diagonal(nudge, 0)
        assert loss(W + nudge) > loss(W)
        assert loss(np.maximum(W - nudge, 0)) >= loss(W)


def test_blocks_of_coordinates_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = weights(SLIM(sweeps=7))
    monkeypatch.setattr(slim, "BLOCK", 3)
    np.testing.assert_allclose(weights(SLIM(sweeps=7)), whole, atol=1e-5)


def test_without_l1_and_signs_it_is_ridge_regression_like_ease() -> None:
    data = checkerboard()
    unit = float((data.matrix.toarray() > 0).sum(axis=0)[:-1].mean())
    ridge: Any = EASE(l2=2 * unit).fit(data).weights
    np.testing.assert_allclose(weights(SLIM(l1=0.0, l2=2.0, positive=False, sweeps=500)), ridge, atol=5e-3)


def test_with_every_item_near_the_near_form_is_the_full_one() -> None:
    # all the items of a colour are near each other; those of the other colour have weight 0 in the full form too
    near = weights(SLIM(l1=0.05, l2=0.5, neighbours=20, sweeps=500))
    np.testing.assert_allclose(near, weights(SLIM(l1=0.05, l2=0.5, sweeps=500)), atol=5e-3)


@pytest.mark.parametrize("wrong", [{"l1": -1.0}, {"l2": float("inf")}, {"neighbours": -1}])
def test_impossible_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        SLIM(**wrong)
