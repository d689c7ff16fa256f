"""Switching off what helps costs, switching off what has no part changes nothing, and nothing of the future leaks."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from salience.cli.bench.meter import meter
from salience.engine import Engine
from salience.engine.ablating import ROUND
from salience.events import AnyEvent, InvalidInput, Item, Search, View
from salience.settings import Settings
from salience.train.bench_outcome import Bench
from tests.engine.test_feeding import NOW, orders

BENCH = Bench(0.03, 0, lambda: 0.0, meter, lambda *_: None)
HOUR = 3_600_000


def seekers(count: int = 60) -> list[AnyEvent]:
    """People who come in the last hour, search for one item by its title, and then look at it."""
    found: list[AnyEvent] = []
    for n in range(count):
        item = f"i{n % 20:02}"
        at = NOW - HOUR + 10_000 * n
        found.append(Search(id=f"s{n}", user=f"s{n}", query=f"thing number{n % 20}", time=at, received=at))
        found.append(View(id=f"w{n}", user=f"s{n}", item=item, time=at + 5_000, received=at))
    return found


def cards() -> list[AnyEvent]:
    return [
        Item(id=f"c{n}", item=f"i{n:02}", title=f"Thing number{n}", time=NOW - 9_000 * HOUR, received=NOW)
        for n in range(60)
    ]


def test_what_helps_is_worth_something_and_what_is_not_used_is_nothing() -> None:
    with Engine.in_memory(Settings(), clock=lambda: NOW) as engine:
        engine.log.append([*cards(), *orders(), *seekers()]).result()
        found = engine.ablate(BENCH, fraction=0.2)
    people = {one.source: one for one in found.people}
    pages = {one.source: one for one in found.pages}
    assert people["searches"].verdict == "helps"
    assert people["searches"].worth.low > 0
    assert people["look"].verdict == "had no part in any row"
    assert people["rules"].changed == 0
    assert pages["rules"].verdict == "helps"
    assert np.isclose(pages["rules"].worth.value, found.whole["pages"].value - pages["rules"].without)
    assert "topic" in found.not_learned
    assert found.rungs["content"] > 0


def test_what_is_switched_off_by_the_settings_is_not_asked_about() -> None:
    with Engine.in_memory(Settings(use_learned=("searches",)), clock=lambda: NOW) as engine:
        engine.log.append([*cards(), *orders(), *seekers()]).result()
        found = engine.ablate(BENCH, fraction=0.2)
    sources = {one.source for one in found.people}
    assert "searches" in sources
    assert not sources & {"rules", "topic", "next", "interests"}


def test_where_the_time_is_over_fewer_questions_are_asked_and_it_is_said() -> None:
    ticks = itertools.count()
    hurried = Bench(0.001, 0, lambda: float(next(ticks)), meter, lambda *_: None)
    with Engine.in_memory(Settings(use_learned=("searches",)), clock=lambda: NOW) as engine:
        engine.log.append([*cards(), *orders(), *seekers()]).result()
        found = engine.ablate(hurried, fraction=0.2)
        whole = engine.ablate(BENCH, fraction=0.2)
    assert whole.complete
    assert not found.complete
    assert found.asked == {"people": ROUND, "pages": ROUND}
    assert {one.asked for one in found.people} == {ROUND}
    assert found.whole["people"].users == ROUND < whole.asked["people"]


def test_too_little_to_ask_is_said() -> None:
    with Engine.in_memory(Settings(), clock=lambda: NOW) as engine:
        engine.log.append(orders(15)).result()
        with pytest.raises(InvalidInput, match="people who chose"):
            engine.ablate(BENCH)
