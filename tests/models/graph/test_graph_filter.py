from typing import Any

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.models.graph.graph_filter import GraphFilter, lowest
from tests.models.model_suite import ModelSuite, checkerboard


class TestPaper(ModelSuite):
    algorithm = GraphFilter(factors=2)


class TestWeighted(ModelSuite):
    algorithm = GraphFilter(factors=2, weight=1.0, user_power=0.3, item_power=0.4, binary=False)


class TestSharpened(ModelSuite):
    algorithm = GraphFilter(factors=2, weight=0.5, item_power=0.4, sharpness=0.3)


def test_it_is_the_filter_of_the_paper() -> None:
    data = checkerboard()
    R = (data.matrix.toarray() > 0).astype(np.float64)
    rows, columns = R.sum(axis=1), np.maximum(R.sum(axis=0), 1)
    N = R / np.sqrt(rows[:, None] * columns[None, :])
    _, _, Vt = np.linalg.svd(N)
    V = Vt[:3].T
    ideal = np.diag(columns**-0.5) @ V @ V.T @ np.diag(columns**0.5)
    expected = R @ (N.T @ N + 0.3 * ideal)
    found = GraphFilter(factors=3, weight=0.3).fit(data).score(data.matrix)
    # the third singular value may be a repeated one, whose vector is not unique: compare where it cannot matter
    two = GraphFilter(factors=2, weight=0.3).fit(data).score(data.matrix)
    W = Vt[:2].T
    np.testing.assert_allclose(
        two, R @ (N.T @ N + 0.3 * np.diag(columns**-0.5) @ W @ W.T @ np.diag(columns**0.5)), atol=1e-5
    )
    assert found.shape == expected.shape


def test_sharpening_takes_one_more_step_off() -> None:
    data = checkerboard()
    R = (data.matrix.toarray() > 0).astype(np.float64)
    N = R / np.sqrt(R.sum(axis=1)[:, None] * np.maximum(R.sum(axis=0), 1)[None, :])
    smooth = GraphFilter(factors=2).fit(data).score(data.matrix)
    sharp = GraphFilter(factors=2, sharpness=0.4).fit(data).score(data.matrix)
    np.testing.assert_allclose(sharp, smooth @ (np.eye(N.shape[1]) - 0.4 * N.T @ N), atol=1e-5)


def test_the_dense_and_the_sparse_way_to_the_vectors_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = checkerboard().matrix
    dense = lowest(graph, 2, 0)
    monkeypatch.setattr("salience.models.graph.graph_filter.SMALL", 1)
    np.testing.assert_allclose(lowest(graph, 2, 0) @ lowest(graph, 2, 0).T, dense @ dense.T, atol=1e-6)


@pytest.mark.parametrize("wrong", [{"factors": 0}, {"weight": -1.0}, {"item_power": float("nan")}, {"sharpness": -0.1}])
def test_impossible_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        GraphFilter(**wrong)
