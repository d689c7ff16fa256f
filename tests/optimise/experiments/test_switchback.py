from __future__ import annotations

import pytest

from salience.optimise.experiments.switchback import HOUR_MS, arm_of, burning_in, period_of

ARMS = ("control", "a", "b")


def test_in_each_round_every_arm_comes_once_in_an_order_that_changes() -> None:
    rounds = [tuple(arm_of(3 * turn + at, "s", ARMS) for at in range(3)) for turn in range(200)]
    assert all(sorted(one) == sorted(ARMS) for one in rounds)
    assert len(set(rounds)) == 6
    firsts = [one[0] for one in rounds]
    assert min(firsts.count(arm) for arm in ARMS) > 45
    assert rounds != [tuple(arm_of(3 * turn + at, "other", ARMS) for at in range(3)) for turn in range(200)]


@pytest.mark.parametrize(("hours", "period"), [(0, 0), (5.99, 0), (6, 1), (13, 2)])
def test_periods_count_from_the_start(hours: float, period: int) -> None:
    assert period_of(1_000 + int(hours * HOUR_MS), 1_000, 6) == period


def test_the_first_part_of_every_period_burns_in() -> None:
    assert [burning_in(int(hour * HOUR_MS), 0, 6, 1.5) for hour in (0, 1.4, 1.5, 5.9, 6, 7.4, 7.6)] == [
        True, True, False, False, True, True, False,
    ]  # fmt: skip
