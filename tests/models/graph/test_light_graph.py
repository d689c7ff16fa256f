from typing import Any

import numpy as np
import pytest
from scipy import sparse

from salience.events import InvalidInput
from salience.models.factors.history_factors import scaled
from salience.models.graph.light_graph import POWER, LightGraph
from tests.models.model_suite import ModelSuite, checkerboard


class TestLightGraph(ModelSuite):
    algorithm = LightGraph(factors=4, rate=0.02, epochs=60, batch=4)


class TestWithoutTheGraph(ModelSuite):
    algorithm = LightGraph(factors=4, layers=0, rate=0.02, epochs=60, batch=4)


def test_the_gradient_is_that_of_the_loss() -> None:
    X: Any = checkerboard().matrix.astype(bool).astype(np.float64)
    n, rng = X.shape[1], np.random.default_rng(0)
    degree = np.maximum(np.asarray(X.sum(axis=0)).ravel(), 1)
    graph: Any = sparse.csr_array(scaled(X, POWER) @ sparse.diags_array(degree**-0.5))
    E: Any = rng.normal(size=(n, 3))
    b: Any = rng.normal(size=n)
    algorithm = LightGraph(layers=1, dropout=0.0)
    rows: Any = X[[0, 3, 4]]

    def loss() -> float:
        Z = (E + graph.T @ (graph @ E)) / 2
        S = (scaled(rows, POWER) @ sparse.diags_array(degree**-0.5)) @ Z @ Z.T + b
        chance = S - np.log(np.exp(S).sum(axis=1, keepdims=True))
        return float(-(scaled(rows, 1.0).toarray() * chance).sum() / rows.shape[0])

    found = algorithm._gradient(rows, graph, degree, (E, b), rng)
    for parameter, gradient in zip((E, b), found, strict=True):
        for at in [tuple(rng.integers(0, parameter.shape)) for _ in range(20)]:
            kept = parameter[at]
            parameter[at] = kept + 1e-4
            up = loss()
            parameter[at] = kept - 1e-4
            slope = (up - loss()) / 2e-4
            parameter[at] = kept
            assert gradient[at] == pytest.approx(slope, abs=1e-5)


@pytest.mark.parametrize("wrong", [{"factors": 0}, {"rate": 0.0}, {"layers": -1}, {"epochs": 0}, {"dropout": -0.1}])
def test_impossible_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        LightGraph(**wrong)
