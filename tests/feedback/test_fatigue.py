from __future__ import annotations

import numpy as np

from salience.events import AnyEvent, Click, Impression
from salience.feedback.fatigue import fatigue


def world(rates: list[float], people: int, seed: int = 1) -> list[AnyEvent]:
    """Everybody sees the same thing again and again, until they click."""
    rng = np.random.default_rng(seed)
    events: list[AnyEvent] = []
    for person in range(people):
        for number, rate in enumerate(rates):
            name = f"{person}-{number}"
            events.append(Impression(id=f"i{name}", user=str(person), item="ad"))
            if rng.random() < rate:
                events.append(Click(id=f"c{name}", user=str(person), item="ad"))
                break
    return events


def test_a_curve_that_falls_gets_a_cap() -> None:
    found = fatigue(world([0.2, 0.2, 0.15, 0.02, 0.02], 3_000), str)
    assert found.cap == 3
    assert "after 3 impressions" in found.said
    assert found.repeats[0].low <= 0.2 <= found.repeats[0].high


def test_a_steady_curve_gets_none_and_few_people_get_no_answer() -> None:
    assert fatigue(world([0.1] * 5, 3_000), str).cap is None
    few = fatigue(world([0.1] * 5, 50), str)
    assert few.said.startswith("not enough data")
    assert few.repeats == ()


def test_clicks_without_an_impression_and_second_clicks_do_not_count() -> None:
    events = [Click(id="x", user="p", item="ad"), *world([1.0], 200), Click(id="y", user="0", item="ad")]
    (one,) = fatigue(events, str).repeats
    assert (one.pairs, one.clicks) == (200, 200)
