"""Accounts of attention: what slots, channels or groups of people took of people's time, and what came back.

Attention is spent in viewable seconds; what came back are the rewards of decisions, and the money of purchases that
name one. Value per minute is a ratio over people, so its interval is by person (the delta method), not by view.
Attention is what was paid, never what was won: a slot that holds people longer for the same value has become dearer,
not better.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from msgspec import Struct

from salience.events import AnyEvent, Click, Decision, Exposure, Impression, Purchase
from salience.feedback.reward import reward
from salience.optimise.experiments.pair import ratio
from salience.optimise.experiments.sums import Sums

Z = 1.959963984540054
FEW = 30
"""People below whom no interval is told."""
NOWHERE = "(not given)"


class Account(Struct, frozen=True):
    """One slot, channel or group. ``value_per_minute`` between ``low`` and ``high``; None where it cannot be said.

    ``cost``: what impressions say in their context under `cost`.
    """

    name: str
    people: int
    decisions: int
    impressions: int
    visible_seconds: float
    active_seconds: float
    clicks: int
    value: float
    revenue: float
    cost: float
    value_per_minute: float | None
    low: float | None
    high: float | None


@dataclass
class _Sum:
    decisions: int = 0
    impressions: int = 0
    active: float = 0.0
    clicks: int = 0
    revenue: float = 0.0
    cost: float = 0.0
    people: dict[str, list[float]] = field(default_factory=dict)

    def add(self, person: str, minutes: float, value: float) -> None:
        own = self.people.setdefault(person, [0.0, 0.0])
        own[0] += minutes
        own[1] += value


Group = Callable[[AnyEvent], str]
"""Which account an event belongs to, where it says so itself."""


def by_slot(event: AnyEvent) -> str:
    """The slot that an event names."""
    return event.slot


def by_channel(event: AnyEvent) -> str:
    """What the context calls the channel, else the source that the event came by."""
    return str(event.context.get("channel") or event.source)


def accounts(
    events: Iterable[AnyEvent], group: Group, who: Callable[[str], str], called: Callable[[str], str] = str
) -> tuple[Account, ...]:
    """The accounts by size of attention. An event that does not say where it belongs stands where its decision does.

    ``called`` may give several accounts one name: they are one then.
    """
    sums: dict[str, _Sum] = {}
    places: dict[str, str] = {}
    whole: set[str] = set()
    for event in events:
        if event.context.get("bot") is True or (isinstance(event, Decision) and event.mode != "online"):
            continue
        own = event.id if isinstance(event, Decision) else event.decision
        name = group(event) or places.get(own, "")
        value, minutes = reward(event), _looked(event, whole)
        if isinstance(event, Decision | Impression) and own and name:
            places.setdefault(own, name)
        if value is None and not isinstance(event, Decision | Impression | Exposure | Click):
            continue
        into = sums.setdefault(called(name or NOWHERE), _Sum())
        into.add(who(event.subject), minutes / 60_000, value or 0.0)
        _count(into, event)
    found = [_account(name, one) for name, one in sums.items()]
    return tuple(sorted(found, key=lambda one: (-one.visible_seconds, one.name)))


def _count(into: _Sum, event: AnyEvent) -> None:
    match event:
        case Decision():
            into.decisions += 1
        case Impression():
            into.impressions += 1
            cost = event.context.get("cost")
            into.cost += float(cost) if isinstance(cost, int | float) else 0.0
        case Exposure():
            into.active += event.active_ms / 1000
        case Click():
            into.clicks += 1
        case Purchase():
            into.revenue += event.price * event.quantity
        case _:
            pass


def _looked(event: AnyEvent, whole: set[str]) -> int:
    """Viewable ms. Once a slot is measured as a whole, its items are not added: they are in view together."""
    if not isinstance(event, Impression | Exposure):
        return 0
    if isinstance(event, Exposure) and not event.item and event.slot:
        whole.add(event.slot)
    return 0 if event.item and event.slot in whole else event.visible_ms


def _account(name: str, one: _Sum) -> Account:
    table = np.array(list(one.people.values()), np.float64).reshape(-1, 2)
    minutes, value = (float(total) for total in table.sum(axis=0))
    middle = value / minutes if minutes else None
    low = high = None
    if middle is not None and len(table) >= FEW:
        _, variance = ratio(Sums.of(table), 1, 0)
        reach = Z * float(np.sqrt(variance / len(table)))
        low, high = middle - reach, middle + reach
    return Account(
        name=name,
        people=len(table),
        decisions=one.decisions,
        impressions=one.impressions,
        visible_seconds=60 * minutes,
        active_seconds=one.active,
        clicks=one.clicks,
        value=value,
        revenue=one.revenue,
        cost=one.cost,
        value_per_minute=middle,
        low=low,
        high=high,
    )
