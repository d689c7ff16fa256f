from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pytest

from salience.events import Action, AnyEvent, Item, Purchase, Scalar, View
from salience.events.audience import SegmentRule
from salience.prepare.audiences import Audiences

DAY = 86_400_000


def kept(when: Any, events: Sequence[AnyEvent]) -> Audiences:
    made = Audiences([msgspec.convert({"name": "x", "when": when}, SegmentRule)])
    for event in events:
        made.apply(event)
    return made


def buy(day: float, item: str = "tea", who: str = "ann", price: float = 10.0) -> Purchase:
    return Purchase(id=f"{who}{item}{day}", user=who, item=item, price=price, time=int(day * DAY))


def days(made: Audiences, ids: tuple[str, ...] = ("ann",), until: int = 20) -> list[int]:
    """The days on which somebody is in the segment."""
    return [day for day in range(until) if made.holds("x", ids, {}, day * DAY)]


def test_did_within_days_begins_and_ends_by_itself() -> None:
    made = kept({"op": "did", "what": "purchase", "at_least": 2, "within_days": 5}, [buy(1), buy(4), buy(8)])
    assert days(made) == [8, 9]  # 4 and 8 are in the last five days; 1 is forgotten, two newest are enough


def test_items_and_categories_narrow_it_down() -> None:
    cards = [Item(id="c", item="tea", categories=("drinks",))]
    events: list[AnyEvent] = [*cards, buy(1), buy(2, "saw"), View(id="v", user="ann", item="tea", time=3 * DAY)]
    assert days(kept({"op": "did", "what": "purchase", "category": "drinks"}, events))[0] == 1
    assert days(kept({"op": "did", "what": "purchase", "item": "saw"}, events))[0] == 2
    assert days(kept({"op": "did", "what": "view", "category": "drinks"}, events))[0] == 3
    assert days(kept({"op": "did", "what": "cart"}, events)) == []


def test_money_in_all_and_lately() -> None:
    events = [buy(1, price=30), buy(6, price=30), buy(9, price=30)]
    assert days(kept({"op": "spent", "at_least": 60}, events)) == days(kept({"op": "spent", "at_least": 90}, events))
    assert days(kept({"op": "spent", "at_least": 60, "within_days": 4}, events)) == [9, 10]


def test_a_payment_on_the_edge_of_the_window_still_counts() -> None:
    made = kept({"op": "spent", "at_least": 60, "within_days": 4}, [buy(1, price=30), buy(5, price=30)])
    assert days(made) == [5]


def test_silence() -> None:
    made = kept({"op": "silent", "days": 3}, [buy(1), buy(9)])
    assert days(made)[0] == 12
    assert days(made, ("stranger",)) == []


def test_ids_of_one_person_count_together() -> None:
    made = kept({"op": "did", "what": "purchase", "at_least": 2}, [buy(1, who="ann"), buy(2, who="ann2")])
    assert not made.holds("x", ("ann",), {}, 9 * DAY)
    assert made.holds("x", ("ann", "ann2"), {}, 9 * DAY)


@pytest.mark.parametrize(
    ("question", "holds"),
    [
        ({"op": "eq", "field": "country", "value": "GB"}, True),
        ({"op": "ne", "field": "country", "value": "GB"}, False),
        ({"op": "ne", "field": "height", "value": 3}, True),
        ({"op": "in", "field": "country", "values": ["FR", "GB"]}, True),
        ({"op": "ge", "field": "age", "value": 40}, True),
        ({"op": "gt", "field": "age", "value": 40}, False),
        ({"op": "lt", "field": "country", "value": 3}, False),
        ({"op": "has", "field": "likes", "word": "Tea"}, True),
        ({"op": "has", "field": "height"}, False),
    ],
)
def test_traits(question: dict[str, Any], holds: bool) -> None:
    traits: dict[str, Scalar] = {"country": "GB", "age": 40, "likes": "green tea"}
    assert kept(question, []).holds("x", ("ann",), traits, 0) is holds


def test_joined_and_nested_segments() -> None:
    rules = [
        {"name": "buyers", "when": {"op": "did", "what": "purchase"}},
        {
            "name": "quiet",
            "when": {"op": "and", "of": [{"op": "in-segment", "name": "buyers"}, {"op": "silent", "days": 3}]},
        },
        {"name": "others", "when": {"op": "not", "of": {"op": "or", "of": [{"op": "in-segment", "name": "quiet"}]}}},
    ]
    made = Audiences([msgspec.convert(one, SegmentRule) for one in rules])
    made.apply(buy(1))
    assert made.of(("ann",), {}, 2 * DAY) == ("buyers", "others")
    assert made.of(("ann",), {}, 9 * DAY) == ("buyers", "quiet")


def test_machines_do_not_count_and_the_forgotten_are_gone() -> None:
    made = kept({"op": "did", "what": "quiz"}, [Action(id="1", user="bot", name="quiz", time=1, context={"bot": True})])
    assert made.seen == []
    made.apply(Action(id="2", user="ann", name="quiz", time=1))
    assert made.holds("x", ("ann",), {}, 5)
    made.forget(["ann"])
    assert not made.holds("x", ("ann",), {}, 5)


def test_the_order_of_events_does_not_matter_and_a_plain_count_agrees() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        times = np.unique(rng.integers(0, 40, 12))
        events = [buy(float(t), price=float(t + 1)) for t in times]
        shuffled = [events[at] for at in rng.permutation(len(events))]
        n, window = int(rng.integers(1, 5)), float(rng.integers(1, 15))
        when = {"op": "did", "what": "purchase", "at_least": n, "within_days": window}
        made, again = kept(when, events), kept(when, shuffled)
        last = int(times.max())
        for day in range(last, last + 20):
            plain = ((times <= day) & (times >= day - window)).sum() >= n
            assert made.holds("x", ("ann",), {}, day * DAY) == again.holds("x", ("ann",), {}, day * DAY) == plain
