from __future__ import annotations

import numpy as np
import pytest

from salience.events import AnyEvent, Click, Decision, Exposure, Impression, Outcome, Purchase
from salience.feedback.accounts import NOWHERE, accounts, by_channel, by_slot


def decision(id: str, slot: str, user: str = "ann", mode: str = "online") -> Decision:
    return Decision(id=id, user=user, slot=slot, items=(), rung="popular", seed=1, as_of=1, mode=mode)  # type: ignore[arg-type]


def test_seconds_clicks_value_and_money_stand_where_they_belong() -> None:
    events: list[AnyEvent] = [
        decision("d1", "home"),
        decision("d2", "home", mode="preview"),
        Impression(
            id="1", user="ann", slot="home", decision="d1", item="tea", visible_ms=30_000, context={"cost": 0.5}
        ),
        Click(id="2", user="ann", item="tea", decision="d1"),
        Purchase(id="3", user="ann", item="tea", decision="d1", price=4.0, quantity=2),
        Outcome(id="4", user="ann", decision="d1", value=-0.5),
        Impression(id="5", user="bot", slot="home", visible_ms=9_000, context={"bot": True}),
        Exposure(id="6", user="bob", slot="side", visible_ms=60_000, active_ms=20_000),
        Impression(id="7", user="bob", slot="side", item="pot", visible_ms=60_000),
        Click(id="8", user="bob", item="pot"),
    ]
    side, home, nowhere = accounts(events, by_slot, str)
    assert (side.name, home.name, nowhere.name) == ("side", "home", NOWHERE)
    assert (home.decisions, home.impressions, home.clicks, home.people) == (1, 1, 1, 1)
    assert (home.visible_seconds, home.value, home.revenue, home.cost) == (30.0, 1.5, 8.0, 0.5)
    assert home.value_per_minute == 3.0
    assert home.low is None
    assert (side.visible_seconds, side.active_seconds) == (60.0, 20.0)  # the slot as a whole, not its items as well
    assert (nowhere.clicks, nowhere.value_per_minute) == (1, None)


def test_the_channel_is_that_of_the_context_or_the_source() -> None:
    events: list[AnyEvent] = [
        Impression(id="1", user="a", source="http", visible_ms=5, context={"channel": "mail"}, decision="d"),
        Impression(id="2", user="a", source="http", visible_ms=5),
    ]
    assert {one.name for one in accounts(events, by_channel, str)} == {"mail", "http"}


def test_the_interval_is_by_person_and_holds_the_truth() -> None:
    rng, held = np.random.default_rng(7), 0
    for _ in range(200):
        events: list[AnyEvent] = []
        for person in range(60):
            views, rate = int(rng.integers(1, 12)), float(rng.beta(2, 6))
            for view in range(views):
                name = f"{person}-{view}"
                events.append(Impression(id=f"i{name}", user=str(person), slot="s", visible_ms=60_000))
                if rng.random() < rate:
                    events.append(Click(id=f"c{name}", user=str(person), slot="s", decision=name, item="x"))
        (one,) = accounts(events, by_slot, str)
        assert one.low is not None
        assert one.high is not None
        held += one.low <= 0.25 <= one.high
    assert held / 200 == pytest.approx(0.94, abs=0.05)
