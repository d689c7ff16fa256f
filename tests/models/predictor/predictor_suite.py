"""What every predictor must do. A test class inherits `PredictorSuite` and names its learner."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np
import pytest

from salience.evaluate.chances import auc, surprise
from salience.models.predictor.predictor import Learner, Predictor, softmax
from tests.models.predictor.worlds import typed

ROWS = 1200


class PredictorSuite:
    """Inherit and set ``learner``."""

    learner: ClassVar[Learner]
    least_auc: ClassVar[float] = 0.85

    @pytest.fixture(scope="class")
    @classmethod
    def model(cls) -> Predictor:
        _, rows, y = typed(ROWS)
        return cls.learner.fit(rows, y, 2, seed=1)

    def test_unseen_rows_are_told(self, model: Predictor) -> None:
        known, _, _ = typed(ROWS)
        from tests.models.predictor.worlds import shop

        cells, y = shop(800, seed=5)
        chance = model.probabilities(known.rows(cells, 800))
        assert chance.shape == (800, 2)
        np.testing.assert_allclose(chance.sum(axis=1), 1)
        assert (chance > 0).all()
        assert auc(chance[:, 1], y == 1) > self.least_auc
        share = np.bincount(y) / len(y)
        assert surprise(chance, y).mean() < surprise(np.tile(share, (800, 1)), y).mean() - 0.1

    def test_arrays_and_back(self, model: Predictor) -> None:
        _, rows, _ = typed(ROWS)
        arrays = model.arrays()
        assert all(array.dtype.kind in "biuf" and np.isfinite(array).all() for array in arrays.values())
        again = type(model).from_arrays({name: array.copy() for name, array in arrays.items()})
        np.testing.assert_array_equal(again.log_odds(rows), model.log_odds(rows))

    def test_same_seed_same_predictor(self, model: Predictor) -> None:
        _, rows, y = typed(ROWS)
        again = self.learner.fit(rows, y, 2, seed=1)
        np.testing.assert_array_equal(again.log_odds(rows), model.log_odds(rows))

    def test_three_classes_and_one_that_never_came(self) -> None:
        _, rows, y = typed(600)
        three = y + (rows.codes[:, 0] > 60)
        for classes in (3, 4):
            chance = self.learner.fit(rows, three, classes, seed=0).probabilities(rows)
            assert chance.shape == (600, classes)
            assert (chance.argmax(axis=1) == three).mean() > 0.6
        assert chance[:, 3].mean() < 0.05

    def test_weights_count(self) -> None:
        _, rows, y = typed(600)
        half = np.arange(600) < 300
        wrong = np.where(half, y, 1 - y)  # the second half says the contrary, and counts for nearly nothing
        model = self.learner.fit(rows, wrong, 2, weight=np.where(half, 1.0, 1e-6), seed=0)
        assert auc(model.probabilities(rows)[:, 1], y == 1) > 0.8

    def test_no_rows_and_no_columns(self, model: Predictor) -> None:
        _, rows, y = typed(ROWS)
        assert model.probabilities(rows.take(np.zeros(0, np.int64))).shape == (0, 2)
        empty = dataclasses.replace(
            rows, flat=np.zeros((ROWS, 0)), tall=np.zeros((ROWS, 0)), codes=np.zeros((ROWS, 0)), levels=()
        )
        chance = softmax(self.learner.fit(empty, y, 2, seed=0).log_odds(empty))
        np.testing.assert_allclose(chance[:, 1], y.mean(), atol=0.03)

    def test_no_input_is_changed(self) -> None:
        _, rows, y = typed(300)
        before = [rows.flat.copy(), rows.tall.copy(), rows.codes.copy(), y.copy()]
        self.learner.fit(rows, y, 2, seed=0)
        for old, new in zip(before, (rows.flat, rows.tall, rows.codes, y), strict=True):
            np.testing.assert_array_equal(old, new)
