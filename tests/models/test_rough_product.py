"""What bytes find is what the whole product has; scores may differ in the last bits, so near ties may change places."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from salience.models import product_topk, rough_product
from salience.models.product_topk import best_of_product
from salience.models.rough_product import RoughProduct
from salience.models.topk import best

RNG = np.random.default_rng(11)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small products take this way too, and a piece is a few rows."""
    monkeypatch.setattr(rough_product, "FEWEST", 0)
    monkeypatch.setattr(product_topk, "ROWS", 64)


def normal(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape).astype(np.float32)


def seen(rows: int, n: int, share: float = 0.1) -> sparse.csr_array:
    return sparse.csr_array((RNG.random((rows, n)) < share).astype(np.float32))


SPREADS = {
    "alike": (normal(150, 16), normal(2100, 16)),
    "one feature": (normal(70, 1), normal(600, 1)),
    "long and short": (normal(150, 16), normal(2100, 16) * np.exp(2 * normal(2100, 1))),
    "few large values": (normal(150, 8) ** 5, normal(1300, 8) ** 5),
    "positive": (np.abs(normal(150, 16)), np.abs(normal(1300, 16))),
    "all negative": (np.abs(normal(150, 16)), -np.abs(normal(1300, 16))),
    "tiny": (normal(150, 16) * 1e-12, normal(1300, 16) * 1e-12),
    "huge": (normal(150, 16) * 1e10, normal(1300, 16) * 1e10),
    "one value on the left dwarfs what counts": (
        np.hstack([np.full((150, 1), 60, np.float32), normal(150, 15)]),
        np.hstack([np.zeros((1300, 1), np.float32), RNG.integers(-127, 128, (1300, 15)).astype(np.float32)]),
    ),
    "one value on the right dwarfs what counts": (
        np.hstack([np.zeros((150, 1), np.float32), RNG.integers(-127, 128, (150, 15)).astype(np.float32)]),
        np.hstack([np.full((1300, 1), 1000, np.float32), normal(1300, 15)]),
    ),
    "fewer than a tile": (normal(150, 16), normal(90, 16)),
    "fewer than k": (normal(150, 16), normal(9, 16)),
}


@pytest.mark.parametrize("k", [1, 20, 100])
@pytest.mark.parametrize("hides", [False, True])
@pytest.mark.parametrize("spread", SPREADS)
def test_the_best_are_those_of_the_whole_product(spread: str, hides: bool, k: int) -> None:
    left, right = SPREADS[spread]
    leave_out = seen(len(left), len(right)) if hides else None
    codes, found = best_of_product(left, right, k, leave_out=leave_out)
    exact = left.astype(np.float64) @ right.T.astype(np.float64)
    expected, scores = best(exact.astype(np.float32), k, leave_out=leave_out)
    size = np.linalg.norm(left, axis=1, keepdims=True) * np.linalg.norm(right, axis=1).max()
    there = scores > -np.inf
    assert ((found > -np.inf) == there).all()
    values = np.take_along_axis(np.pad(exact, ((0, 0), (0, 1))), codes, axis=1)  # each code has its score
    found, scores = (np.where(there, each, 0) for each in (found, scores))
    assert (np.abs(found - scores) <= 1e-6 * size).all()
    assert (np.abs(found - np.where(there, values, 0)) <= 1e-6 * size).all()
    assert all(len(set(row[row < len(right)])) == (row < len(right)).sum() for row in codes)
    if leave_out is not None:
        rows = np.repeat(np.arange(len(left)), k)[there.ravel()]
        assert not leave_out.toarray()[rows, codes[there]].any()
    assert (codes == expected).mean() > 0.99


@pytest.mark.parametrize("levels", [1, 3])
def test_ties_go_by_the_fixed_order_even_where_all_are_alike(levels: int) -> None:
    left, right = (RNG.integers(0, levels, (n, 3)).astype(np.float32) for n in (130, 4000))
    leave_out = seen(130, 4000)
    codes, found = best_of_product(left, right, 7, leave_out=leave_out)
    expected, scores = best(left @ right.T, 7, leave_out=leave_out)
    np.testing.assert_array_equal(codes, expected)
    np.testing.assert_array_equal(found, scores)


def test_where_bytes_cannot_tell_the_product_is_made_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    open_rows: list[int] = []
    way = RoughProduct.best

    def counted(self: RoughProduct, *args: object) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        answer = way(self, *args)  # type: ignore[arg-type]
        open_rows.append(len(answer[2]))
        return answer

    monkeypatch.setattr(RoughProduct, "best", counted)
    best_of_product(np.ones((100, 4), np.float32), np.ones((5000, 4), np.float32), 10)
    assert sum(open_rows) == 100
    open_rows.clear()
    best_of_product(normal(100, 4), normal(5000, 4), 10)
    assert open_rows == [0, 0]


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
def test_values_beyond_bounds_do_not_take_this_way(value: float) -> None:
    left, right = normal(20, 4), normal(200, 4)
    assert RoughProduct.pays(left, right, 5)
    right[3, 1] = value
    assert not RoughProduct.pays(left, right, 5)


def test_an_older_processor_gets_smaller_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    left, right = SPREADS["alike"]
    expected = best_of_product(left, right, 20)[0]
    monkeypatch.setattr(rough_product, "_adds_exactly", lambda: False)
    assert (best_of_product(left, right, 20)[0] == expected).all()


def test_bytes_are_multiplied_as_whole_numbers_are() -> None:
    a, b = RNG.integers(0, 128, (5, 33)).astype(np.uint8), RNG.integers(-127, 128, (33, 48)).astype(np.int8)
    product = rough_product._multiplier().run(None, {"a": a, "b": b, "zero": np.array(64, np.uint8)})[0]
    np.testing.assert_array_equal(product, (a.astype(int) - 64) @ b.astype(int))
