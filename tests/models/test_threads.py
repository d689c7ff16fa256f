from collections.abc import Iterator

import numpy as np
import pytest
from scipy import sparse
from threadpoolctl import threadpool_limits

from salience.models.factors import sides, subspace
from salience.models.factors.sides import Side
from salience.models.factors.weighing import Weighing
from salience.models.threads import share, side_by_side, workers
from tests.models.factors.test_subspace import rows_of


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_each_piece_goes_to_one_thread(count: int) -> None:
    done: list[int] = []

    def work(pieces: Iterator[int]) -> None:
        done.extend(pieces)

    share(work, range(1000), count)
    assert sorted(done) == list(range(1000))


def test_the_exception_of_a_thread_is_raised() -> None:
    def work(pieces: Iterator[int]) -> None:
        for piece in pieces:
            if piece == 7:
                raise OSError("the seventh")

    with pytest.raises(OSError, match="the seventh"):
        share(work, range(10), 2)


def test_pieces_within_pieces_do_not_wait_for_ever() -> None:
    done: list[int] = []

    def inner(pieces: Iterator[int]) -> None:
        done.extend(pieces)

    def outer(pieces: Iterator[int]) -> None:
        for _ in pieces:
            share(inner, range(10), 70)

    share(outer, range(80), 70)  # more than the threads that are kept
    assert sorted(done) == sorted(list(range(10)) * 80)


def test_blas_has_one_thread_within_and_as_many_as_before_after() -> None:
    with threadpool_limits(2, user_api="blas"):
        before = workers()
        with side_by_side() as count:
            assert count == before
            assert workers() == 1
        assert workers() == before
        with side_by_side(alone=True) as count:
            assert count == 1
            assert workers() == before


def test_a_fit_that_may_use_one_thread_uses_one() -> None:
    with threadpool_limits(1, user_api="blas"), side_by_side() as count:
        assert count == 1


def test_two_threads_find_the_factors_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sides, "ENOUGH", 64)
    rows = rows_of([5, 9, 30] * 20, width=40)
    weighing = Weighing(alpha=4.0, reg=0.1, scaled=True, binary=True)
    both = [Side.both(rows, sparse.csr_array(rows.T), weighing, threads)[0] for threads in (1, 2)]
    assert [people.threads for people in both] == [1, 2]
    fixed = np.random.default_rng(0).normal(size=(40, 6)).astype(np.float32)
    start = np.zeros((60, 6), np.float32)
    one, two = (subspace.subspace_step(people, fixed, start) for people in both)
    np.testing.assert_array_equal(one, two)
