from __future__ import annotations

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.mine.churn import auc, churn
from salience.mine.purchases import Purchases


def shop(seed: int = 0, leaving: float = 0.15, people: int = 300, until: int = 365) -> Purchases:
    """Customers with their own rhythm; after each purchase some leave for good."""
    rng = np.random.default_rng(seed)
    names, days = [], []
    for person in range(people):
        day, gap = float(rng.integers(0, 60)), rng.gamma(2, 8)
        while day < until:
            names.append(f"c{person}")
            days.append(int(day))
            if rng.random() < leaving:
                break
            day += 1 + rng.exponential(gap)
    return Purchases.of(names, days, [10.0] * len(days))


def test_a_broken_rhythm_is_seen_and_costs_what_it_brought() -> None:
    known = shop()
    weekly = [("weekly", day) for day in range(0, 140, 7)]
    steady = [("steady", day) for day in range(0, 364, 7)]
    names = [known.customers[code] for code in known.codes] + [who for who, _ in weekly + steady]
    days = [*known.days.tolist(), *(day for _, day in weekly + steady)]
    found = {one.customer: one for one in churn(Purchases.of(names, days, [10.0] * len(days)), 364).customers}
    gone, there = found["weekly"], found["steady"]
    assert (gone.state, there.state) == ("gone", "active")
    assert gone.quiet < 1e-4 < there.quiet
    assert (gone.silent_days, gone.purchases) == (364 - 133, 20)
    assert gone.usual_gap_days == pytest.approx(7)
    assert gone.at_stake == pytest.approx(10 * 20 * 52 / 52, rel=0.05)  # no more than they brought in the year
    assert there.at_stake == 0


def test_the_chances_are_judged_on_weeks_that_were_not_learned_from() -> None:
    found = churn(shop(), 364)
    assert found.check is not None
    assert found.check.auc is not None
    assert found.check.auc > 0.7
    assert found.check.expected == pytest.approx(found.check.actual, rel=0.4)
    assert sum(found.states.values()) == len(found.customers)


def test_where_nobody_leaves_it_says_so() -> None:
    assert "hardly anybody leaves" in churn(shop(leaving=0.0), 364).verdict


def test_too_few_are_refused() -> None:
    with pytest.raises(InvalidInput, match="fewer than 20"):
        churn(Purchases.of(["a", "a", "b"], [1, 5, 3]), 9)
    with pytest.raises(InvalidInput, match="weeks"):
        churn(shop(), 364, weeks=0)


def test_auc_needs_both_kinds() -> None:
    assert auc(np.array([1.0, 2.0]), np.array([True, True])) is None
