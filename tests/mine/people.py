"""Short ways to write down what people did."""

from __future__ import annotations

from salience.events import Action, AnyEvent
from salience.prepare.deeds import Deeds, deeds

MINUTE = 60_000
DAY = 86_400_000


def did(**people: str) -> Deeds:
    """``did(ann="look buy | look")``: a minute between steps, a day between visits, all beginning at 0."""
    return deeds([[event for who, told in people.items() for event in _events(who, told)]])


def _events(who: str, told: str) -> list[AnyEvent]:
    return [
        Action(id=f"{who}{day}/{place}", user=who, name=step, time=1 + day * DAY + place * MINUTE)
        for day, visit in enumerate(told.split("|"))
        for place, step in enumerate(visit.split())
    ]
