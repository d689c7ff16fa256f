import numpy as np
import pytest
from scipy import stats

from salience.optimise import rank

SCORES = np.array([0.3, 0.9, -np.inf, 0.5])


def test_without_exploration_it_sorts() -> None:
    order, probabilities, explored = rank(SCORES, 3, 0.0, np.random.default_rng(0))
    assert order.tolist() == [1, 3, 0]
    assert probabilities.tolist() == [1.0, 1.0, 1.0]
    assert not explored.any()


@pytest.mark.parametrize("size", [0, 1, 2])
def test_fewer_candidates_than_places(size: int) -> None:
    order, probabilities, _ = rank(SCORES[:size], 5, 0.5, np.random.default_rng(0))
    assert sorted(order.tolist()) == list(range(size))
    assert (probabilities > 0).all()


def test_no_item_stands_twice() -> None:
    rng = np.random.default_rng(5)
    for _ in range(500):
        assert len(set(rank(SCORES, 4, 0.9, rng)[0].tolist())) == 4


def test_the_logged_probability_of_a_row_is_its_frequency() -> None:
    """20,000 rows of two: every pair's frequency against the product of its logged conditional probabilities."""
    rng = np.random.default_rng(7)
    seen: dict[tuple[int, ...], int] = {}
    logged: dict[tuple[int, ...], float] = {}
    for _ in range(20_000):
        order, probabilities, _ = rank(SCORES, 2, 0.4, rng)
        row = tuple(order.tolist())
        seen[row] = seen.get(row, 0) + 1
        assert logged.setdefault(row, float(probabilities.prod())) == pytest.approx(float(probabilities.prod()))
    assert sum(logged.values()) == pytest.approx(1.0)
    assert len(seen) == 12
    assert stats.chisquare(list(seen.values()), [logged[row] * 20_000 for row in seen]).pvalue > 0.001
