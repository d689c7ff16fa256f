from __future__ import annotations

import lightgbm
import numpy as np
import pytest

from salience.models.hybrid.ranker import boosted, line, order_from
from salience.models.predictor.trees import flattened


def rows() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3000, 4)).astype(np.float32)
    return x, x[:, 1] - x[:, 2] + rng.normal(size=3000) * 0.1 > 1, np.full(300, 10)


def test_arrays_walk_as_lightgbm_does() -> None:
    x, bought, sizes = rows()
    data = lightgbm.Dataset(x, label=bought.astype(int), group=sizes)
    settings = {"objective": "lambdarank", "verbosity": -1, "num_threads": 1, "min_data_in_leaf": 5}
    theirs = lightgbm.train(settings, data, num_boost_round=8)
    ours = flattened([tree["tree_structure"] for tree in theirs.dump_model()["tree_info"]])
    assert np.abs(ours.score(x) - np.asarray(theirs.predict(x))).max() < 1e-5


def test_trees_and_line_find_what_is_bought() -> None:
    x, bought, sizes = rows()
    for order in (boosted(lightgbm, x, bought, sizes, 20, 0), line(x, bought, sizes)):
        told = order.score(x)
        assert told[bought].mean() > told[~bought].mean() + 1
        np.testing.assert_array_equal(order_from(order.arrays(), 4).score(x), told)


def test_trees_that_lead_astray_are_refused() -> None:
    x, bought, sizes = rows()
    arrays = boosted(lightgbm, x, bought, sizes, 3, 0).arrays()
    for name, value in (("left", 10_000), ("feature", 4), ("roots", -10_000)):
        broken = {**arrays, name: np.full_like(arrays[name], value)}
        with pytest.raises(ValueError, match=name):
            order_from(broken, 4)
