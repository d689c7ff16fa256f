from __future__ import annotations

from salience.events import AnyEvent, Click, Impression
from salience.feedback.places import places


def seen(id: str, item: str, position: int, decision: str, slot: str = "row") -> Impression:
    return Impression(id=id, user="a", slot=slot, item=item, position=position, decision=decision)


def test_a_click_belongs_to_the_place_where_its_item_was_seen() -> None:
    events: list[AnyEvent] = [
        seen("1", "tea", 0, "d1"),
        seen("2", "pot", 2, "d1"),
        seen("3", "tea", 1, "d2"),
        seen("4", "tea", 0, "d3", slot="other"),
        Click(id="5", user="a", item="pot", decision="d1"),
        Click(id="6", user="a", item="pot", decision="d1"),
        Click(id="7", user="a", item="tea", decision="nobody's"),
    ]
    shown, clicked = places(events, "row")
    assert shown.tolist() == [[1, 1, 0], [0, 0, 1]]
    assert clicked.tolist() == [[0, 0, 0], [0, 0, 1]]


def test_a_slot_that_nobody_saw_is_empty() -> None:
    shown, clicked = places([], "row")
    assert shown.shape == clicked.shape == (0, 0)
