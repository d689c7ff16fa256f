"""Impossible speed, as a fold over the times of acts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from salience.collect.accept import accept
from salience.collect.pace import ACTS, REMEMBERED_MS, VISITORS, Pace
from salience.collect.sender import Door, Sender
from salience.events import AnyEvent, Click, Impression, Purchase, View

NOW = 1_700_000_000_000


def acts(times: list[int], visitor: str = "v") -> list[Click]:
    return [Click(id=f"{visitor}-{n}", anonymous=visitor, item="tea", time=time) for n, time in enumerate(times)]


def marked(events: Sequence[AnyEvent]) -> int:
    pace = Pace()
    return sum(pace.fast(event) for event in events)


@pytest.mark.parametrize("gap", [1, 20, 60, 95])
def test_a_machine_is_found_after_thirty_acts_whatever_their_order(gap: int) -> None:
    events = acts([NOW + n * gap for n in range(60)])
    assert marked(events) == 60 - ACTS + 1
    order = np.random.default_rng(0).permutation(ACTS)
    assert marked([events[at] for at in order]) == 1


def test_people_are_not() -> None:
    rng = np.random.default_rng(1)
    flagged = 0
    for number in range(300):  # sessions of 200 acts, on average 0.7 s apart, some of them in quick bursts
        gaps = rng.lognormal(np.log(700), 0.8, size=200).astype(int) + 30
        flagged += marked(acts((NOW + np.cumsum(gaps)).tolist(), f"p{number}")) > 0
    assert flagged <= 3


def test_baskets_rows_and_coarse_clocks_are_no_speed() -> None:
    bought: list[AnyEvent] = [Purchase(id=str(n), anonymous="v", item=str(n), time=NOW + n) for n in range(100)]
    seen: list[AnyEvent] = [Impression(id=f"i{n}", anonymous="v", item=str(n), time=NOW + n) for n in range(100)]
    assert marked([*bought, *seen]) == 0
    assert marked(acts([NOW] * 100)) == 0  # a file that knows only the day


def test_the_same_events_again_are_no_second_acts() -> None:
    events = acts([NOW + 60 * n for n in range(ACTS - 1)])
    assert marked(events * 5) == 0


def test_the_mark_stays_for_an_hour_and_memory_has_an_end() -> None:
    pace = Pace()
    for event in acts([NOW + n for n in range(ACTS)]):
        pace.fast(event)
    assert pace.fast(View(id="a", anonymous="v", item="x", time=NOW + REMEMBERED_MS - 1))
    assert pace.fast(Purchase(id="p", anonymous="v", item="x", time=NOW + 5))
    assert not pace.fast(View(id="b", anonymous="v", item="x", time=NOW + 2 * REMEMBERED_MS))
    for number in range(VISITORS + 10):
        pace.fast(Click(id=str(number), anonymous=f"o{number}", item="x", time=NOW))
    assert len(pace._last) == VISITORS
    assert "anon:v" not in pace._until


def test_the_gate_marks_browsers_and_keeps_everything() -> None:
    door, sent = Door(), acts([NOW - 5_000 + 50 * n for n in range(40)])
    judged = accept(sent, now=NOW, source="http", sender=Sender(public=True), door=door)
    assert [event.context.get("bot", False) for event in judged.events] == [False] * 29 + [True] * 11
    from_a_server = accept(sent, now=NOW, source="http", sender=Sender(), door=Door())
    assert not any("bot" in event.context for event in from_a_server.events)
