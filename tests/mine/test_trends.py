from __future__ import annotations

import numpy as np
import pytest

from salience.events import AnyEvent, InvalidInput, Item, View
from salience.mine.trends import FALSE, trends
from salience.prepare.deeds import Deeds, deeds

WEEK = 7 * 86_400_000


def world(seed: int, rise: float = 1.0) -> Deeds:
    """Thirty items over eight weeks in a shop that doubles; item 0 rises or falls beside that."""
    return deeds([_events(seed, rise)])


def _events(seed: int, rise: float = 1.0) -> list[AnyEvent]:
    rng = np.random.default_rng(seed)
    events: list[AnyEvent] = []
    for week in range(8):
        for item in range(30):
            many = rng.poisson((10 if week < 4 else 20) * (rise if item == 0 and week >= 4 else 1))
            times = (1 + week * WEEK + rng.integers(0, WEEK - 2, many)).tolist()
            events += [View(id=f"{t}/{item}/{n}", user=f"u{n}", item=f"i{item}", time=t) for n, t in enumerate(times)]
    events.append(View(id="last", user="ann", item="i1", time=8 * WEEK - 1))
    sides = ("even", "odd")
    cards = [Item(id=f"card{n}", item=f"i{n}", title=f"Item {n}", categories=(sides[n % 2],)) for n in range(30)]
    return [*cards, *events]


def test_what_rises_beside_the_season_is_named() -> None:
    (found,) = trends(world(0, rise=3.0))
    assert (found.name, found.title) == ("i0", "Item 0")
    assert 2 < found.ratio < 4
    assert sum(found.weeks[:4]) == found.before
    assert sum(found.weeks[4:]) == found.now


def test_a_busy_season_alone_lifts_nothing() -> None:
    found = [len(trends(world(seed))) for seed in range(1, 21)]
    assert sum(found) <= 20 * 30 * FALSE / 5


def test_what_falls_is_named_too() -> None:
    assert trends(world(2, rise=0.1))[0].ratio < 0.5


def test_categories_and_steps() -> None:
    assert trends(world(3, rise=8.0), by="category")[0].name in ("even", "odd")
    assert trends(world(3), by="step") == []
    with pytest.raises(InvalidInput, match="by"):
        trends(world(3), by="colour")
    assert trends(deeds([])) == []


def test_one_visitor_alone_makes_no_trend() -> None:
    views = [View(id=f"x{n}", anonymous="x", item="i9", time=7 * WEEK + n) for n in range(5_000)]
    quiet = world(0)
    loud = deeds([[*_events(0), *views]])
    assert [one.name for one in trends(loud)] == [one.name for one in trends(quiet)]
