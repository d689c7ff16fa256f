from typing import Any

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.models import ALS
from salience.models.factors import als
from salience.models.factors.als import solve
from salience.models.factors.weighing import Weighing
from salience.models.topk import best
from tests.models.model_suite import ModelSuite, checkerboard, history


class TestScaled(ModelSuite):
    algorithm = ALS(factors=2, alpha=4.0, reg=0.01)


class TestExact(ModelSuite):
    algorithm = ALS(factors=2, alpha=4.0, reg=0.01, solver="exact")


class TestPlain(ModelSuite):
    algorithm = ALS(factors=2, alpha=1.0, reg=0.1, scaled=False, binary=False)


def test_folding_in_solves_the_equation_of_the_paper() -> None:
    rng = np.random.default_rng(0)
    Y = rng.normal(size=(6, 3)).astype(np.float32)
    row = history({1: 1.0, 4: 0.5}, width=6)
    x = solve(row, Y, Weighing(alpha=8.0, reg=0.3, scaled=False, binary=False))[0]
    c, p = np.ones(6), np.zeros(6)
    c[1], c[4] = 1 + 8.0, 1 + 4.0
    p[[1, 4]] = 1
    A = Y.T @ np.diag(c) @ Y + 0.3 * np.eye(3)
    np.testing.assert_allclose(x, np.linalg.solve(A, Y.T @ (c * p)), rtol=1e-4)


def test_pieces_of_a_history_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    data = checkerboard()
    algorithm = ALS(factors=3, solver="exact")
    whole = algorithm.fit(data).factors
    monkeypatch.setattr(als, "SERIAL", 9)  # one entry at a time
    np.testing.assert_allclose(algorithm.fit(data).factors, whole, atol=1e-4)


@pytest.mark.parametrize("solver", ["subspace", "exact"])
def test_each_iteration_lowers_the_loss(solver: str) -> None:
    data = checkerboard()
    X = (data.matrix.toarray() > 0).astype(np.float64)
    alpha, reg = 5.0, 0.5
    losses = []
    for iterations in (1, 2, 4, 8):
        model = ALS(factors=3, alpha=alpha, reg=reg, iterations=iterations, scaled=False, solver=solver).fit(data)
        Y = model.factors.astype(np.float64)
        U = solve(data.matrix, model.factors, model.weighing).astype(np.float64)
        losses.append(((1 + alpha * X) * (X - U @ Y.T) ** 2).sum() + reg * ((U**2).sum() + (Y**2).sum()))
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0]


def test_scaled_regularisation_grows_with_the_row() -> None:
    weighing = Weighing(alpha=2.0, reg=0.1, scaled=True, binary=True)
    assert weighing.ridge(history({0: 1.0}, width=10)).tolist() == [pytest.approx(0.1 * (10 + 2))]
    assert weighing.ridge(history({0: 1.0, 1: 0.2}, width=10)).tolist() == [pytest.approx(0.1 * (10 + 4))]


@pytest.mark.parametrize("wrong", [{"factors": 0}, {"alpha": 0.0}, {"reg": -1.0}, {"iterations": 0}, {"solver": "lu"}])
def test_impossible_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        ALS(**wrong)


def test_top_is_the_best_of_the_scores() -> None:
    data = checkerboard()
    model = ALS(factors=3).fit(data)
    codes, found = model.top(data.matrix, 4)
    expected, scores = best(model.score(data.matrix), 4, leave_out=data.matrix)
    np.testing.assert_array_equal(codes, expected)
    np.testing.assert_allclose(found, scores, rtol=1e-4)
