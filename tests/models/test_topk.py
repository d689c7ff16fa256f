import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from salience.events import InvalidInput
from salience.models import product_topk
from salience.models.product_topk import best_of_product
from salience.models.topk import best, tie_order

Floats = np.ndarray[tuple[int, int], np.dtype[np.float32]]


def slow(scores: Floats, k: int, left_out: Floats) -> list[list[int]]:
    """The same by sorting everything, in plain Python."""
    n = scores.shape[1]
    place = {int(code): at for at, code in enumerate(tie_order(n))}
    found = []
    for row, out in zip(scores, left_out, strict=True):
        codes = [c for c in range(n) if not out[c] and row[c] != -np.inf]
        codes.sort(key=lambda c: (-row[c], place[c]))
        found.append((codes + [n] * k)[:k])
    return found


@given(
    scores=arrays(np.float32, (4, 9), elements=st.sampled_from([0.0, 0.5, 1.0, 2.0, -np.inf])),
    left_out=arrays(np.float32, (4, 9), elements=st.sampled_from([0.0, 0.0, 1.0])),
    k=st.integers(1, 12),
)
def test_equals_the_slow_way(scores: Floats, left_out: Floats, k: int) -> None:
    before = scores.copy()
    codes, found = best(scores, k, leave_out=sparse.csr_array(left_out))
    assert codes.tolist() == slow(scores, k, left_out)
    assert codes.shape == found.shape == (4, k)
    np.testing.assert_array_equal(scores, before)
    for row in range(4):
        for code, score in zip(codes[row], found[row], strict=True):
            assert score == (scores[row, code] if code < 9 else -np.inf)


def test_ties_do_not_follow_the_order_of_the_file() -> None:
    codes, _ = best(np.zeros((1, 1000), np.float32), 100)
    assert codes.mean() == pytest.approx(500, abs=100)  # the first hundred of the file would have 49.5
    assert codes.tolist() == best(np.zeros((1, 1000), np.float32), 100)[0].tolist()


def test_an_entry_of_value_zero_is_left_out_too() -> None:
    stored = sparse.csr_array((np.zeros(1, np.float32), ([0], [2])), shape=(1, 3))
    assert 2 not in best(np.array([[0.0, 0.0, 9.0]], np.float32), 2, leave_out=stored)[0]


def test_nobody_and_nothing() -> None:
    assert best(np.zeros((0, 5), np.float32), 3)[0].shape == (0, 3)
    assert best(np.zeros((2, 0), np.float32), 3)[0].tolist() == [[0, 0, 0], [0, 0, 0]]  # n = 0 is the padding


@pytest.mark.parametrize("k", [0, -1, 2.5, True, "3"])
def test_impossible_k_is_refused(k: int) -> None:
    with pytest.raises(InvalidInput, match=r"^k = "):
        best(np.zeros((1, 5), np.float32), k)


@pytest.mark.parametrize("columns", [3, 8, 2048])
@pytest.mark.parametrize("k", [1, 7, 60])
def test_tiles_of_a_product_find_what_the_whole_product_has(
    monkeypatch: pytest.MonkeyPatch, columns: int, k: int
) -> None:
    monkeypatch.setattr(product_topk, "TILE", 5)
    monkeypatch.setattr(product_topk, "TILE_COLUMNS", columns)
    rng = np.random.default_rng(columns)
    left, right = (rng.integers(-2, 3, size=(n, 3)).astype(np.float32) for n in (13, 50))  # whole numbers: many ties
    seen = sparse.csr_array((rng.random((13, 50)) < 0.2).astype(np.float32))
    for leave_out in (None, seen):
        codes, found = best_of_product(left, right, k, leave_out=leave_out)
        expected, scores = best(left @ right.T, k, leave_out=leave_out)
        np.testing.assert_array_equal(codes, expected)
        np.testing.assert_array_equal(found, scores)


def test_a_product_of_nothing() -> None:
    none, some = np.zeros((0, 2), np.float32), np.ones((3, 2), np.float32)
    assert best_of_product(none, some, 2)[0].shape == (0, 2)
    assert best_of_product(some, none, 2)[0].tolist() == [[0, 0]] * 3
    everything = sparse.csr_array(np.ones((3, 3), np.float32))
    assert best_of_product(some, some, 2, leave_out=everything)[0].tolist() == [[3, 3]] * 3
