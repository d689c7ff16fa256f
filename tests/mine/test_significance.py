"""Chance in counts, against SciPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from salience.mine.significance import false_discovery, hypergeometric_tail


@st.composite
def tables(draw: st.DrawFn) -> tuple[int, int, int, int]:
    n = draw(st.integers(1, 5000))
    left, right = draw(st.integers(1, n)), draw(st.integers(1, n))
    return draw(st.integers(max(0, left + right - n), min(left, right))), left, right, n


@settings(deadline=None)
@given(tables())
def test_the_tail_is_that_of_scipy(counts: tuple[int, int, int, int]) -> None:
    both, left, right, n = counts
    found = hypergeometric_tail(np.array([both]), np.array([left]), np.array([right]), n)[0]
    assert found == pytest.approx(stats.hypergeom.sf(both - 1, n, right, left), rel=1e-8, abs=1e-12)


def test_many_at_once_are_as_one_by_one() -> None:
    both, left, right = np.array([0, 5, 10, 40]), np.array([5, 10, 10, 50]), np.array([7, 40, 10, 60])
    alone = [hypergeometric_tail(both[[i]], left[[i]], right[[i]], 100)[0] for i in range(4)]
    assert hypergeometric_tail(both, left, right, 100).tolist() == alone
    assert alone[0] == 1


def test_a_tiny_chance_keeps_its_size() -> None:
    found = hypergeometric_tail(np.array([100]), np.array([100]), np.array([100]), 10_000)[0]
    assert np.log10(found) == pytest.approx(stats.hypergeom.logsf(99, 10_000, 100, 100) / np.log(10), rel=1e-9)


@given(st.lists(st.floats(1e-12, 1), min_size=1, max_size=50))
def test_false_discovery_is_that_of_scipy(p: list[float]) -> None:
    np.testing.assert_allclose(false_discovery(np.array(p)), stats.false_discovery_control(p), rtol=1e-12)
