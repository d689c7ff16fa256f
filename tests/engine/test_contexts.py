"""The moment moves rows: learned from the context of events and the clock, asked for by requests, switched off."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from salience.engine import Engine
from salience.events import AnyEvent, InvalidInput, RecommendRequest, View
from salience.settings import Settings, load

HOUR = 3_600_000
DAY = 24 * HOUR
NOW = 1_700_000_000_000 // DAY * DAY + 20 * HOUR  # eight in the evening, in UTC
MOMENT = ("device: phone", "daytime: evening")
PEOPLE, EACH, ITEMS = 500, 6, 30


def views(*, tells: bool = True) -> list[AnyEvent]:
    """On phones people read the first half of the items, else the second; even ones in the evening, else odd ones."""
    rng = np.random.default_rng(1)
    found: list[AnyEvent] = []
    for n in range(PEOPLE * EACH):
        hour = int(rng.integers(4)) * 6 + int(rng.integers(6))
        time = NOW - 60 * DAY + n * 60 * DAY // (PEOPLE * EACH) // DAY * DAY + hour * HOUR - 20 * HOUR
        phone = bool(rng.random() < 0.5)
        item = int(rng.integers(ITEMS))
        if tells and rng.random() < 0.85:
            item = item % (ITEMS // 2) + (0 if phone else ITEMS // 2)
            item += (hour < 18) - item % 2
        found.append(
            View(id=f"v{n}", user=f"u{n % PEOPLE}", item=f"i{item:02}", time=time, received=time,
                 context={"device": "phone" if phone else "desktop"})
        )  # fmt: skip
    return found


def shop(**settings: Any) -> Engine:
    made = msgspec.convert({"explore": 0.0, **settings}, Settings)
    return Engine.in_memory(made, clock=lambda: NOW)


def half(engine: Engine, **asked: Any) -> float:
    """Share of the first half of the items in the first eight of nobody in particular."""
    row = engine.recommend(RecommendRequest(k=8, **asked), preview=True).items
    return sum(int(one.item[1:]) < ITEMS // 2 for one in row) / len(row)


def test_rows_go_by_the_moment_and_say_so() -> None:
    with shop() as engine:
        engine.log.append(views()).result()
        card = engine.train(minutes=0.05).card
        assert card.contexts is not None
        assert card.contexts.weights["device"] > 0
        assert card.contexts.gain is not None
        assert card.contexts.gain.low > 0
        assert "The moment counts for everybody alike: " in engine.paper("parameters").text
        assert half(engine, context={"device": "phone"}) > 0.8
        assert half(engine, context={"device": "desktop"}) < 0.2
        assert half(engine, context={"device": "fridge"}) == half(engine)
        asked = RecommendRequest(user="u7", k=1, context={"device": "phone"})
        told, plain = (
            engine.recommend(one, preview=True).items[0] for one in (asked, RecommendRequest(user="u7", k=1))
        )
        assert int(told.item[1:]) < ITEMS // 2
        assert told.item != plain.item or told.score != plain.score
        told = engine.recommend(RecommendRequest(k=1, context={"device": "phone"}), preview=True).items[0]
        assert told.reason.code == "moment"
        assert told.reason.text in (f"Often chosen at moments like this ({said})" for said in MOMENT)
        before = half(engine, context={"device": "phone"})
        engine.snapshot = engine._published()  # what is on disk says the same
        assert half(engine, context={"device": "phone"}) == before


def test_the_clock_counts_where_the_request_says_nothing() -> None:
    def even(engine: Engine, **asked: Any) -> float:
        row = engine.recommend(RecommendRequest(k=8, **asked), preview=True).items
        return sum(int(one.item[1:]) % 2 == 0 for one in row) / len(row)

    with shop(context=("daytime",)) as engine:
        engine.log.append(views()).result()
        card = engine.train(minutes=0.05).card
        assert card.contexts is not None
        assert set(card.contexts.weights) == {"daytime"}
        assert even(engine) == 1  # it is evening
        assert even(engine, context={"daytime": "morning"}) < 0.2
    with shop(context=("daytime",), timezone="Asia/Dhaka") as engine:
        engine.log.append(views()).result()
        engine.train(minutes=0.05)
        assert even(engine, context={"daytime": "night"}) == 1  # evening in UTC is after midnight there
        assert even(engine) == 1


def test_it_is_left_out_where_it_tells_nothing_or_is_switched_off() -> None:
    with shop() as engine:
        engine.log.append(views(tells=False)).result()
        card = engine.train(minutes=0.05).card
        assert card.contexts is not None
        assert card.contexts.weights == {}
        assert half(engine, context={"device": "phone"}) == half(engine, context={"device": "desktop"})
    with shop(use_learned=("topic",)) as engine:
        engine.log.append(views()).result()
        assert engine.train(minutes=0.05).card.contexts is None
        assert half(engine, context={"device": "phone"}) == half(engine, context={"device": "desktop"})


def test_without_personalisation_the_moment_is_the_same_for_all() -> None:
    with shop() as engine:
        engine.log.append(views()).result()
        engine.train(minutes=0.05)
        rows = [
            engine.recommend(
                RecommendRequest(user=user, k=8, personalise=False, context={"device": "phone"}), preview=True
            ).items
            for user in ("u1", "u2")
        ]
        assert rows[0] == rows[1]
        assert sum(int(one.item[1:]) < ITEMS // 2 for one in rows[0]) > 6


def test_a_zone_that_does_not_exist_is_refused() -> None:
    for wrong in ("Mars/Olympus", "../etc/passwd", "Europe"):
        with pytest.raises(InvalidInput, match=r"timezone = .*is no time zone"):
            load(f'timezone = "{wrong}"')
    assert load('timezone = "Europe/Berlin"').timezone == "Europe/Berlin"
