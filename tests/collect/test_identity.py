"""Ids made from content."""

from __future__ import annotations

from salience.collect.identity import content_id
from salience.events import Click, Identify, View


def test_same_content_same_id_whatever_the_order_and_the_receiver() -> None:
    first = Identify(id="?", user="ann", traits={"a": 1, "b": 2}, source="x", received=5)
    again = Identify(id="!", user="ann", traits={"b": 2, "a": 1})
    assert content_id(first) == content_id(again)


def test_every_part_of_the_content_counts() -> None:
    base = Click(id="-", user="ann", item="tea", time=1)
    others = [
        View(id="-", user="ann", item="tea", time=1),
        Click(id="-", anonymous="ann", item="tea", time=1),
        Click(id="-", user="ann", item="milk", time=1),
        Click(id="-", user="ann", item="tea", time=2),
        Click(id="-", user="ann", item="tea", time=1, context={"a": None}),
    ]
    assert len({content_id(event) for event in [base, *others]}) == 6
