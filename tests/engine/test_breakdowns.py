"""What readers of a workspace's breakdowns are not told."""

from __future__ import annotations

from salience.engine.breakdowns import funnel_steps, retention_cells, rfm_groups
from salience.mine.funnels import Funnel, stages_of, worst_of
from salience.mine.purchases import Purchases
from salience.mine.retention import Cohort, curved
from salience.mine.rfm import rfm


def test_a_funnel_is_told_from_step_to_step_that_is_shown() -> None:
    stages = stages_of(("view", "cart", "pay", "thank"), (100, 97, 60, 4), (None, 60.0, 9.0, 2.0))
    told = funnel_steps(Funnel(stages, "user", 720.0, worst_of(stages)))
    assert [(one.step, one.count, one.of_previous) for one in told.stages] == [("view", 100, 1.0), ("pay", 60, 0.6)]
    assert told.hidden == ("cart", "thank")
    assert told.worst == "pay"
    assert funnel_steps(told).stages == told.stages


def test_a_funnel_of_a_few_people_says_nothing() -> None:
    stages = stages_of(("view", "pay"), (9, 3), (None, 60.0))
    told = funnel_steps(Funnel(stages, "user", 720.0, "pay"))
    assert (told.stages, told.worst, told.hidden) == ((), "", ("view", "pay"))


def test_cohorts_and_cells_of_a_few_people_are_left_out() -> None:
    cohorts = (
        Cohort("2024-01-01", 100, (1.0, 0.50, 0.04, 0.0)),
        Cohort("2024-01-08", 60, (1.0, 0.5, 0.5, None)),
        Cohort("2024-01-15", 80, (1.0, 0.25, None, None)),
        Cohort("2024-01-22", 4, (1.0, None, None, None)),
        Cohort("2024-01-29", 9, (1.0, None, None, None)),
    )
    told = retention_cells(curved("week", cohorts))
    assert [one.size for one in told.cohorts] == [100, 60, 80]
    assert told.hidden == 2
    assert told.people == (240, 240, 160, 100)
    assert [one.shares for one in told.cohorts] == [
        (1.0, 0.5, None, 0.0),  # 4 of 100 came back; the curve less 30 of 60 would say so, which hides that as well
        (1.0, 0.5, None, None),
        (1.0, 0.25, None, None),
    ]
    assert [one.hidden for one in told.cohorts] == [(2,), (2,), ()]
    assert told.curve == (1.0, 100 / 240, 34 / 160, 0.0)


def test_a_curve_that_would_tell_of_a_few_is_none_there() -> None:
    told = retention_cells(curved("week", (Cohort("2024-01-01", 30, (1.0, 0.1)), Cohort("2024-01-08", 30, (1.0, 0.2)))))
    assert (told.curve, told.low[1], told.high[1]) == ((1.0, None), None, None)
    assert [one.shares for one in told.cohorts] == [(1.0, None), (1.0, None)]


def test_groups_by_value_hide_the_few() -> None:
    days = [n % 50 for n in range(200)]
    found = rfm(Purchases.of([f"c{n}" for n in range(200)], days, [float(n % 17) for n in range(200)]), 60)
    groups, hidden = rfm_groups(found)
    assert min(one.size for one in groups) >= 10
    assert len(groups) + hidden == len(found.summary())
