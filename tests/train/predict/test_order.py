from __future__ import annotations

import numpy as np

from salience.models.predictor.columns import encoder
from salience.train.predict.order import order


def table(month: np.ndarray, rng: np.random.Generator):  # type: ignore[no-untyped-def]
    rate = month + rng.normal(size=len(month))
    return {"rate": [f"{one:.3f}" for one in rate], "other": [f"{one:.3f}" for one in rng.normal(size=len(month))]}


def told(old: np.ndarray, new: np.ndarray, y: np.ndarray | None = None):  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(0)
    cells = table(old, rng)
    known = encoder(cells)
    later = table(new, rng)
    outcome = rng.integers(0, 2, len(old)) if y is None else y
    return order(known.rows(cells, len(old)), outcome, known.rows(later, len(new)), seed=0)


def test_rows_that_move_on_are_in_order() -> None:
    found = told(np.linspace(0, 6, 1500), np.linspace(6, 7, 400))
    assert found.ordered
    assert found.low > 0.55


def test_rows_that_are_alike_have_none() -> None:
    found = told(np.full(1500, 2.0), np.full(400, 2.0))
    assert not found.ordered
    assert "like the others" in found.why


def test_rows_of_another_kind_are_not_later_rows() -> None:
    found = told(np.full(1500, 2.0), np.full(400, 5.0))
    assert not found.ordered
    assert "not along the order" in found.why


def test_a_file_sorted_by_the_outcome_is_not_in_time_order() -> None:
    y = np.repeat([0, 1], [1000, 500])
    found = told(np.where(y == 1, 4.0, 0.0), np.full(400, 4.0), y)
    assert not found.ordered
    assert "sorted by the outcome" in found.why


def test_too_few_rows_say_nothing() -> None:
    assert not told(np.zeros(50), np.ones(500)).ordered
