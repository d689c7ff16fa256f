import numpy as np
import pytest
from scipy import sparse

from salience.events.interactions import Matrix
from salience.models.factors import compiled, conjugate, sides, subspace
from salience.models.factors.als import solve
from salience.models.factors.conjugate import cut
from salience.models.factors.sides import Side
from salience.models.factors.subspace import shared_step, sketch, subspace_step
from salience.models.factors.weighing import Weighing


@pytest.fixture(autouse=True, params=[False, True], ids=["blocks", "compiled"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything here holds of both ways to the sums over the entries."""
    monkeypatch.setattr(compiled, "there", lambda: request.param)


def rows_of(lengths: list[int], width: int) -> Matrix:
    """Rows with so many entries each, of values in (0, 1]."""
    rng = np.random.default_rng(0)
    codes = np.concatenate([np.sort(rng.choice(width, n, replace=False)) for n in lengths]).astype(np.int32)
    indptr = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
    return sparse.csr_array((1 - rng.random(len(codes), np.float32), codes, indptr), shape=(len(lengths), width))


def side(rows: Matrix, weighing: Weighing) -> Side:
    return Side.both(rows, sparse.csr_array(rows.T), weighing)[0]


@pytest.mark.parametrize("scaled", [True, False])
@pytest.mark.parametrize("longest", [2, 65_536])
def test_with_many_directions_it_is_the_exact_solution(
    monkeypatch: pytest.MonkeyPatch, scaled: bool, longest: int
) -> None:
    monkeypatch.setattr(conjugate, "LONGEST", longest)
    monkeypatch.setattr(conjugate, "ENTRIES", 16)
    rows = rows_of([0, 1, 3, 3, 4, 9, 20, 40], width=40)  # empty, shorter and longer than the 5 factors, everything
    fixed = np.random.default_rng(1).normal(size=(40, 5)).astype(np.float32)
    weighing = Weighing(alpha=6.0, reg=0.1, scaled=scaled, binary=False)
    start = np.ones((8, 5), np.float32)
    found = subspace_step(side(rows, weighing), fixed, start, directions=30)
    np.testing.assert_allclose(found, solve(rows, fixed, weighing), atol=1e-4)


def test_where_all_rows_share_one_system_no_direction_is_needed() -> None:
    rows = rows_of([40, 40], width=40)  # everybody has everything, so the mean over all entries is each row's own sum
    rows.data[:] = 1
    fixed = np.random.default_rng(2).normal(size=(40, 4)).astype(np.float32)
    weighing = Weighing(alpha=3.0, reg=0.05, scaled=True, binary=True)
    found = shared_step(side(rows, weighing), fixed)
    np.testing.assert_allclose(found, solve(rows, fixed, weighing), rtol=1e-3, atol=1e-5)


def test_far_memory_is_read_in_order_with_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    people = side(rows_of([3, 9, 1] * 9, width=40), Weighing(alpha=2.0, reg=0.1, scaled=False, binary=False))
    fixed = np.random.default_rng(7).normal(size=(40, 4)).astype(np.float32)
    near = shared_step(people, fixed)
    monkeypatch.setattr(subspace, "CACHE", 0)
    np.testing.assert_allclose(shared_step(people, fixed), near, rtol=1e-3, atol=1e-5)


def test_blocks_hold_each_row_once_and_little_padding() -> None:
    lengths = np.random.default_rng(3).integers(0, 500, 700)
    found = list(cut(lengths))
    assert sorted(np.concatenate(found).tolist()) == list(range(700))
    for chosen in found:
        own = lengths[chosen]
        assert len(chosen) == 1 or len(chosen) * own.max() <= conjugate.ENTRIES
        assert own.max() <= own.min() * conjugate.SLACK + 1


def test_nobody() -> None:
    empty = rows_of([1], width=6)[:0]
    fixed = np.ones((6, 2), np.float32)
    weighing = Weighing(alpha=1.0, reg=0.1, scaled=True, binary=True)
    assert subspace_step(side(empty, weighing), fixed, np.zeros((0, 2), np.float32)).shape == (0, 2)


def test_a_sketch_keeps_the_inner_products_of_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = rows_of([30] * 20 + [0], width=60)
    found = sketch(rows, 4096, np.random.default_rng(6))
    monkeypatch.setattr(sides, "ENOUGH", 50)
    np.testing.assert_array_equal(found, sketch(rows, 4096, np.random.default_rng(6), threads=2))
    taken = (rows.toarray() > 0).astype(float)
    expected = taken @ taken.T
    products = found @ found.T
    np.testing.assert_allclose(products * (30 / products[0, 0]), expected, atol=4)  # in expectation the same
    assert np.linalg.norm(found, axis=1)[:20].mean() == pytest.approx(subspace.SCALE, rel=0.1)
    assert not found[20].any()
