from __future__ import annotations

import numpy as np

from salience.models.predictor import target
from salience.models.predictor.columns import encoder


def test_training_rows_are_not_told_by_their_own_outcome() -> None:
    rng = np.random.default_rng(0)
    cells = {"id": [f"v{n}" for n in rng.integers(0, 400, 1000)]}
    rows = encoder(cells, rare=True).rows(cells, 1000)
    y = (rng.random(1000) < 0.5).astype(np.int64)
    whole, own = target.learned(rows, y, 2, least=4, weight=None, seed=0)
    told, honest = whole.encode(rows)[:, 0], own[:, 0]
    assert np.corrcoef(told, y)[0, 1] > 0.3  # the outcome leaks into statistics of the same rows
    assert abs(np.corrcoef(honest, y)[0, 1]) < 0.1


def test_levels_are_pulled_towards_all_rows_the_rarer_they_are() -> None:
    cells = {"c": ["often"] * 500 + ["seldom"] * 2 + ["x", "y"] * 249}
    rows = encoder(cells, rare=True).rows(cells, 1000)
    y = np.array([1] * 502 + [0] * 498)
    whole, _ = target.learned(rows, y, 2, least=4, weight=None, seed=0)
    table = whole.table[:, 0]
    assert table[0] > 5 * table[3] > 0
