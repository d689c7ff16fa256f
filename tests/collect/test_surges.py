from __future__ import annotations

import pytest

from salience.collect.accept import accept
from salience.collect.sender import Door, Sender
from salience.collect.surges import ALARM, DAY_MS, Surges
from salience.events import AnyEvent, Search, View

HERE, THERE = "8.8.8.0", "9.9.9.0"


def view(visitor: object, item: str = "tea", received: int = 1) -> View:
    return View(id=f"{visitor}-{item}", anonymous=str(visitor), item=item, received=received)


def over(surges: Surges, event: AnyEvent, network: str = HERE) -> bool:
    return surges.over(event, network, event.received)


def test_the_first_visitors_of_a_network_count_and_go_on_counting() -> None:
    surges = Surges(2)
    assert [over(surges, view(n)) for n in (1, 2, 3, 1, 2, 3)] == [False, False, True, False, False, True]
    assert not over(surges, view(3), THERE)
    assert not over(surges, view(3, "milk"))


def test_what_everybody_wants_a_large_office_may_want_too() -> None:
    surges = Surges(2)
    for n in range(100):
        over(surges, view(n), f"9.9.{n}.0")
    assert sum(not over(surges, view(f"office {n}")) for n in range(50)) == 10


def test_a_new_day_begins_anew_and_searches_are_no_items() -> None:
    surges = Surges(1)
    assert [over(surges, view(n)) for n in range(2)] == [False, True]
    assert not over(surges, view(1, received=DAY_MS + 1))
    assert not over(surges, Search(id="s", anonymous="9", query="tea"))


def test_nothing_is_limited_where_nobody_knows_the_network_or_wants_a_limit() -> None:
    assert not any(over(Surges(1), view(n), "") for n in range(9))
    assert not any(over(Surges(0), view(n)) for n in range(9))


def test_a_surge_is_found_and_counts_each_visitor_once() -> None:
    surges = Surges(2)
    for n in range(2 + ALARM - 1):
        over(surges, view(n))
        over(surges, view(n))
    assert not surges.found
    over(surges, view("last", received=7))
    (found,) = surges.found.values()
    assert (found.network, found.item, found.visitors, found.since) == (HERE, "tea", ALARM, 7)


def test_memory_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("salience.collect.surges.REMEMBERED", 10)
    surges = Surges(5)
    for n in range(100):
        over(surges, view(n, f"i{n}"))
        over(surges, view(n, f"i{n % 3}"), network=f"203.0.{n % 7}.0")
        kept = [who for items in surges._networks.values() for who in items.values()]
        assert sum(1 if isinstance(who, str) else len(who) for who in kept) == surges._remembered <= 10


def test_the_door_marks_and_keeps_them_without_the_network() -> None:
    door = Door(surges=Surges(1))
    sent = [{"kind": "view", "id": str(n), "anonymous": f"v{n}", "item": "tea"} for n in range(3)]
    judged = accept(sent, now=9, source="test", sender=Sender(public=True, network=HERE), door=door)
    assert [event.context for event in judged.events] == [{}, {"surge": True}, {"surge": True}]
    judged = accept(sent, now=9, source="test", sender=Sender(), door=door)
    assert not any(event.context for event in judged.events)
