from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from salience.optimise.attention.wellbeing import Floor, allocation


@pytest.mark.parametrize("seed", range(8))
def test_the_allocation_is_that_of_a_linear_program(seed: int) -> None:
    rng = np.random.default_rng(seed)
    c, b = rng.random(6), rng.random(6)
    target = float(rng.uniform(b.min(), 0.9 * b.max()))
    p = allocation(c, b, np.array(target), 0.01)
    exact = linprog(-c, A_ub=[-b], b_ub=[-target], A_eq=[np.ones(6)], b_eq=[1.0], bounds=[(0.01, 1)] * 6)
    assert p.sum() == pytest.approx(1)
    assert p.min() >= 0.01 - 1e-12
    if exact.success and exact.fun is not None:
        assert p @ b >= target - 1e-9
        assert p @ c == pytest.approx(-exact.fun)
    else:
        assert p.argmax() == b.argmax()


def test_the_floor_is_held_and_said_to_be() -> None:
    rng = np.random.default_rng(6)
    c, b = np.array([[0.6, 0.3, 0.1]]), np.array([[0.1, 0.4, 0.9]])
    made = Floor(np.array([0.6]), 3, spread=0.3)
    assert made.held().said.startswith("not enough data")
    for _ in range(400):
        shown = rng.multinomial(50, made.probabilities()).astype(float)
        answers = shown * b + np.sqrt(shown) * 0.3 * rng.normal(size=(1, 3))
        made.learn(shown, rng.binomial(shown.astype(int), c).astype(float), shown, answers)
    assert float((made.shown * b).sum() / made.shown.sum()) >= 0.6
    assert made.held().said == "the floor is held"
    assert made.probabilities().min() >= 0.0005 - 1e-12


def test_a_broken_floor_is_said_to_be_broken() -> None:
    made = Floor(np.array([0.6]), 2, spread=0.3)
    made.learn(np.array([[900.0, 100.0]]), np.zeros((1, 2)), np.array([[900.0, 100.0]]), np.array([[90.0, 80.0]]))
    assert made.held().said == "the floor is broken"
