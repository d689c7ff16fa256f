"""Strength: what an act costs the person orders the kinds, and grades carry their own."""

import math

import pytest

from salience.events import (
    AnyEvent,
    Cart,
    Click,
    Follow,
    Impression,
    Item,
    Message,
    Outcome,
    Purchase,
    Rating,
    Search,
    ShareItem,
    View,
)
from salience.prepare.strength import strength


def test_costlier_acts_are_stronger() -> None:
    acts: list[AnyEvent] = [
        Impression(id="1", user="ann", item="tea"),
        View(id="2", user="ann", item="tea"),
        Click(id="3", user="ann", item="tea"),
        Cart(id="4", user="ann", item="tea"),
        Purchase(id="5", user="ann", item="tea"),
    ]
    found = [strength(act) for act in acts]
    assert found == sorted(set(found))
    assert (found[0], found[-1]) == (0, 1)
    assert strength(ShareItem(id="6", user="ann", item="tea")) == strength(acts[3])


@pytest.mark.parametrize(
    "event",
    [
        Search(id="1", user="ann", query="tea"),
        Follow(id="2", user="ann", target="brand"),
        Message(id="3", user="ann", item="tea", text="awful"),
        Outcome(id="4", decision="d", item="tea", value=1),
        Item(id="5", item="tea"),
    ],
)
def test_what_shows_no_preference_for_an_item_is_worth_nothing(event: AnyEvent) -> None:
    assert strength(event) == 0


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [(1, 1, 5, 0), (3, 1, 5, 0.5), (5, 1, 5, 1), (7, 0, 10, 0.7), (0, -1, 1, 0.5)],
)
def test_a_grade_is_its_place_on_its_own_scale(value: float, low: float, high: float, expected: float) -> None:
    assert strength(Rating(id="1", user="ann", item="tea", value=value, low=low, high=high)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [(0, 1, 5), (6, 1, 5), (math.nan, 1, 5), (3, 5, 1), (3, 3, 3), (1, -math.inf, 5), (1, 0, math.inf)],
)
def test_a_grade_outside_its_scale_says_nothing(value: float, low: float, high: float) -> None:
    assert strength(Rating(id="1", user="ann", item="tea", value=value, low=low, high=high)) == 0
