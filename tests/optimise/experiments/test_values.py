from __future__ import annotations

import numpy as np
import pytest
from msgspec import structs

from salience.events.experiment import Metric
from salience.optimise.experiments.measured import DAY_MS
from salience.optimise.experiments.values import by_day, values
from tests.optimise.experiments.runs import BEGAN, DESIGN, measured


def found(metric: Metric, rows: list[tuple[int, str, float, float]], day: float, most: int = 99) -> list[float | None]:
    """The value of each of four units (exposed on days 0, 1, 2, 3) as of a day; None where it does not count yet."""
    design = structs.replace(DESIGN, metrics=(metric,))
    run = measured(design, np.arange(4.0), np.array([0, 1, 0, 1]), rows)
    made = values(run, metric, BEGAN + int(day * DAY_MS), most)
    return [float(value) if counts else None for value, counts in zip(made.top, made.rows, strict=True)]


CLICKS = [(0, "click", 0.5, 1.0), (0, "click", 1.5, 1.0), (1, "click", 0.5, 1.0), (1, "click", 1.2, 1.0)]


def test_only_what_happened_in_a_unit_s_own_days_counts() -> None:
    metric = Metric(name="m", sort="mean", event="click", days=1)
    assert found(metric, CLICKS, day=5) == [1.0, 1.0, 0.0, 0.0]
    assert found(structs.replace(metric, days=2), CLICKS, day=5) == [2.0, 1.0, 0.0, 0.0]


def test_a_unit_counts_once_its_days_are_over() -> None:
    metric = Metric(name="m", sort="mean", event="click", days=2)
    assert found(metric, CLICKS, day=3.5) == [2.0, 1.0, None, None]
    assert found(structs.replace(metric, days=0), CLICKS, day=3.5) == [2.0, 1.0, 0.0, 0.0]


def test_units_beyond_the_planned_number_do_not_count() -> None:
    assert found(Metric(name="m", event="click", days=1), CLICKS, day=9, most=3) == [1.0, 1.0, 0.0, None]


def test_an_earlier_look_does_not_know_later_rows() -> None:
    metric = Metric(name="m", sort="mean", event="click", days=0)
    assert found(metric, CLICKS, day=1.3)[0] == 1.0
    assert found(metric, CLICKS, day=1.6)[0] == 2.0


def test_retention_asks_for_the_day_and_not_for_the_days_before() -> None:
    metric = Metric(name="back", sort="retention", days=2)
    rows = [(0, "", 1.0, 1.0), (0, "", 2.4, 1.0), (1, "", 2.9, 1.0), (2, "", 4.0, 1.0)]
    assert found(metric, rows, day=5.5) == [1.0, 0.0, 1.0, None]


def test_a_funnel_wants_its_steps_in_order() -> None:
    metric = Metric(name="f", sort="funnel", steps=("view", "cart", "purchase"), days=5)
    rows = [
        (0, "view", 0.1, 1.0), (0, "cart", 0.2, 1.0), (0, "purchase", 0.3, 1.0),
        (1, "cart", 1.1, 1.0), (1, "view", 1.2, 1.0), (1, "purchase", 1.3, 1.0),
        (2, "view", 2.1, 1.0), (2, "purchase", 2.2, 1.0),
        (3, "view", 3.1, 1.0), (3, "cart", 3.1, 1.0), (3, "purchase", 9.0, 1.0),
    ]  # fmt: skip
    assert found(metric, rows, day=20) == [1.0, 0.0, 0.0, 0.0]


def test_the_past_is_what_came_before_the_exposure_and_newcomers_stand_at_the_mean() -> None:
    metric = Metric(name="m", sort="mean", event="click", days=1, past_days=2)
    design = structs.replace(DESIGN, metrics=(metric,))
    rows = [(1, "click", 0.5, 1.0), (1, "click", 0.9, 1.0), (2, "click", -0.5, 1.0), (3, "click", 1.5, 1.0)]
    run = measured(design, np.arange(4.0), np.array([0, 1, 0, 1]), rows)
    made = values(run, metric, BEGAN + 9 * DAY_MS, 99)
    assert made.before is not None
    assert made.before.tolist() == pytest.approx([1.0, 2.0, 0.0, 1.0])  # unit 2's only click is older than two days


def test_days_since_exposure_are_empty_until_they_are_over() -> None:
    run = measured(DESIGN, np.arange(4.0), np.array([0, 1, 0, 1]), CLICKS)
    made = by_day(run, DESIGN.metrics[0], BEGAN + 3 * DAY_MS, 3)
    assert made[0].tolist() == [1.0, 1.0, 0.0]
    assert made[1, :2].tolist() == [1.0, 0.0]
    assert np.isnan(made[1, 2])
    assert np.isnan(made[3]).all()
