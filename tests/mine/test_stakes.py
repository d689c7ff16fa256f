"""What a rule is worth, against baskets drawn again and again."""

from __future__ import annotations

import numpy as np
import pytest

from salience.mine.rules import Rule
from salience.mine.stakes import stake


def drawn(rng: np.random.Generator, n: int, shares: tuple[float, float, float]) -> Rule:
    """``shares``: of baskets with both sides, with the left alone, with the right alone."""
    both, left, right, _ = rng.multinomial(n, [*shares, 1 - sum(shares)]).tolist()
    a, b = both + left, both + right
    leverage = both / n - a / n * b / n
    return Rule(("a",), "b", both / n, both / a, both * n / (a * b), leverage, None, 0.0, 0.0, both, a, b)


@pytest.mark.parametrize("shares", [(0.1, 0.1, 0.05), (0.02, 0.01, 0.3), (0.06, 0.24, 0.14)])
def test_the_interval_holds_the_truth_as_often_as_it_says(shares: tuple[float, float, float]) -> None:
    rng, n = np.random.default_rng(0), 2000
    truth = n * (shares[0] - (shares[0] + shares[1]) * (shares[0] + shares[2]))
    found = [stake(drawn(rng, n, shares), paid=3.0) for _ in range(1000)]
    assert 0.925 < np.mean([one.baskets_low <= truth <= one.baskets_high for one in found]) < 0.975
    assert np.mean([one.baskets for one in found]) == pytest.approx(truth, abs=1.5)
    assert found[0].money == pytest.approx(3 * found[0].baskets)


def test_without_prices_there_is_no_money() -> None:
    assert stake(drawn(np.random.default_rng(1), 500, (0.1, 0.1, 0.1))).money is None
