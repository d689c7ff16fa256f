import numpy as np
import pytest
from scipy import sparse

from salience.events import InvalidInput
from salience.models import EASE
from salience.models.linear import ease
from tests.models.model_suite import ModelSuite, checkerboard


class TestBinary(ModelSuite):
    algorithm = EASE(l2=1.0)


class TestWeighted(ModelSuite):
    algorithm = EASE(l2=1.0, binary=False)


def test_it_is_the_minimum_that_the_paper_states() -> None:
    data, l2 = checkerboard(), 2.0
    X = (data.matrix.toarray() > 0).astype(np.float64)
    B = EASE(l2=l2).fit(data).weights
    assert isinstance(B, np.ndarray)
    assert (np.diag(B) == 0).all()

    def loss(W: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> float:
        return float(((X - X @ W) ** 2).sum() + l2 * (W**2).sum())

    best = loss(B.astype(np.float64))
    rng = np.random.default_rng(0)
    for _ in range(50):
        nudge = rng.normal(size=B.shape) * 1e-3
        np.fill_diagonal(nudge, 0)
        assert loss(B + nudge) > best


@pytest.mark.parametrize("l2", [0.0, -1.0, float("nan")])
def test_impossible_l2_is_refused(l2: float) -> None:
    with pytest.raises(InvalidInput, match="l2"):
        EASE(l2=l2)


def test_too_many_items_are_refused_with_the_memory_they_would_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ease, "MOST_ITEMS", 5)
    with pytest.raises(InvalidInput, match="GB") as fault:
        EASE().fit(checkerboard())
    assert "item-knn" in str(fault.value)


@pytest.mark.parametrize("limit", [0.0, 1e9])
def test_both_precisions_give_the_textbook_formula(monkeypatch: pytest.MonkeyPatch, limit: float) -> None:
    monkeypatch.setattr(ease, "MOST_MAGNIFIED", limit)
    X = sparse.csr_array((np.random.default_rng(0).random((80, 30)) < 0.2).astype(np.float32))
    dense = X.toarray().astype(np.float64)
    P = np.linalg.inv(dense.T @ dense + 3 * np.eye(30))
    expected = -P / np.diag(P)
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(ease.together(X, 3.0), expected, atol=1e-5)
