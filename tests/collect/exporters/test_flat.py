"""Every kind of event survives the way into a row and back."""

from __future__ import annotations

import msgspec
import pytest

from salience.collect.exporters.flat import flat, whole
from salience.events import AnyEvent, Click, Consent, Identify, Item, Message, Purchase, Rating, Search

EVENTS: list[AnyEvent] = [
    Click(id="e1", user="ann", item="tea", position=3, context={"page": "home", "n": 1.5}),
    Purchase(id="e2", anonymous="x", item="=1+1", quantity=2, price=9.5, currency="EUR", order="o1", time=7),
    Rating(id="e3", user="ann", item="tea", value=4, low=0, high=10),
    Search(id="e4", user="ann", query='green "tea", 绿茶\n'),
    Message(id="e5", user="ann", text="@here", item="tea"),
    Identify(id="e6", user="ann", traits={"plan": None, "age": 41, "vip": True}),
    Item(id="e7", item="tea", title="Tea", categories=("drinks", "hot"), price=None, available=False),
    Consent(id="e8", user="ann", purposes={"marketing": False}),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.kind)
def test_a_row_becomes_the_event_again(event: AnyEvent) -> None:
    again = msgspec.json.decode(whole(flat(event)), type=AnyEvent)
    assert again == event


def test_numbers_may_come_as_texts() -> None:
    row = {name: str(cell) for name, cell in flat(EVENTS[1]).items()}
    assert msgspec.json.decode(whole(row), type=AnyEvent) == EVENTS[1]


@pytest.mark.parametrize("cells", [{"rest": "[1]"}, {"rest": "{"}, {"value": "many"}])
def test_a_row_that_is_none_says_which_column(cells: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=f"^{next(iter(cells))}: must be"):
        whole({"id": "e", "kind": "click", **cells})
