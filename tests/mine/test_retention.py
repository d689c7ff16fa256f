from __future__ import annotations

import pytest

from salience.events import Action, InvalidInput
from salience.mine.retention import retention
from salience.prepare.deeds import Deeds, deeds

DAY = 86_400_000
MONDAY = 4 * DAY  # 1970-01-05


def world(**days: list[int]) -> Deeds:
    told = [(who, day) for who, found in days.items() for day in found]
    return deeds([[Action(id=f"{who}{day}", user=who, name="read", time=MONDAY + day * DAY) for who, day in told]])


def test_weeks_after_the_first_one() -> None:
    found = retention(world(ann=[0, 6, 7, 14], bob=[3, 15], cyd=[8]), period="week", periods=3)
    assert [(cohort.start, cohort.size) for cohort in found.cohorts] == [("1970-01-05", 2), ("1970-01-12", 1)]
    assert found.cohorts[0].shares == (1.0, 0.5, 1.0, None)
    assert found.cohorts[1].shares == (1.0, 0.0, None, None)
    assert list(found.curve) == pytest.approx([1.0, 1 / 3, 1.0])  # nobody can know week 3 yet
    assert found.people == (3, 3, 2)
    assert (found.low[1] or 0.0) < 1 / 3 < (found.high[1] or 0.0)


def test_days_and_months() -> None:
    assert retention(world(ann=[0, 1], bob=[0]), period="day").curve == (1.0, 0.5)
    found = retention(world(ann=[0, 30], bob=[1]), period="month")
    assert (found.cohorts[0].start, found.curve) == ("1970-01", (1.0, 0.5))


def test_only_some_steps_may_count_as_being_there() -> None:
    made = deeds(
        [
            [
                Action(id="1", user="ann", name="read", time=MONDAY),
                Action(id="2", user="ann", name="read", time=MONDAY + 7 * DAY),
                Action(id="3", user="bob", name="read", time=MONDAY),
                Action(id="4", user="bob", name="buy", time=MONDAY + 7 * DAY),
            ]
        ]
    )
    assert retention(made, steps=("buy",)).curve == (1.0, 0.5)


def test_what_cannot_be_asked() -> None:
    with pytest.raises(InvalidInput, match="steps"):
        retention(world(ann=[0]), steps=("fly",))
    with pytest.raises(InvalidInput, match="events"):
        retention(deeds([]))
