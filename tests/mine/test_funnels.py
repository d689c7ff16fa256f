from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.mine.funnels import funnel
from tests.mine.people import DAY, MINUTE, did

STEPS = ("look", "cart", "buy")


def test_how_far_people_come_and_where_they_stop() -> None:
    world = did(ann="look cart buy", bob="look help cart", cyd="look", dan="cart buy", eve="buy look cart | buy")
    found = funnel(world, STEPS)
    assert [stage.count for stage in found.stages] == [4, 3, 2]
    assert [stage.of_first for stage in found.stages] == [1.0, 0.75, 0.5]
    assert found.stages[2].of_previous == pytest.approx(2 / 3)
    assert found.stages[1].median_seconds == 60
    assert found.worst == "buy"


def test_a_visit_or_a_window_can_be_too_short() -> None:
    world = did(ann="look cart | buy", bob="look cart buy")
    assert [stage.count for stage in funnel(world, STEPS, by="visit").stages] == [2, 2, 1]
    assert [stage.count for stage in funnel(world, STEPS, window_hours=1).stages] == [2, 2, 1]
    assert [stage.count for stage in funnel(world, STEPS, window_hours=24.1).stages] == [2, 2, 2]


def test_a_step_may_come_twice_but_an_event_is_one_step() -> None:
    world = did(ann="look look buy", bob="look buy")
    assert [stage.count for stage in funnel(world, ("look", "look", "buy")).stages] == [2, 1, 1]


def test_the_best_of_all_attempts_counts() -> None:
    rng = np.random.default_rng(0)
    for _ in range(60):
        told = " | ".join(" ".join(rng.choice(STEPS, 4)) for _ in range(4))
        window = 1.5 * DAY
        world = did(ann=told, all="look cart buy")
        times = [
            (1 + day * DAY + place * MINUTE, step)
            for day, visit in enumerate(told.split("|"))
            for place, step in enumerate(visit.split())
        ]
        deepest = max(
            (size for size in (1, 2, 3) for chosen in combinations(times, size)
             if tuple(step for _, step in chosen) == STEPS[:size] and chosen[-1][0] - chosen[0][0] <= window),
            default=0,
        )  # fmt: skip
        counts = [stage.count for stage in funnel(world, STEPS, window_hours=window / 3_600_000).stages]
        assert counts == [1 + (deepest > place) for place in range(3)]


@pytest.mark.parametrize("steps", [("look",), ("look", "fly")])
def test_steps_must_be_known(steps: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput, match="steps"):
        funnel(did(ann="look buy"), steps)
