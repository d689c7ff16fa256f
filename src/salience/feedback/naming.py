"""What a metric may call an event, and what the event is worth to it."""

from __future__ import annotations

from salience.events import Action, AnyEvent, Cart, Exposure, Impression, Outcome, Purchase, Rating, View
from salience.optimise.experiments.measured import ANYTHING

BY_THEMSELVES = frozenset(
    {"view", "click", "cart", "purchase", "rating", "search", "share", "follow", "message", "page", "action"}
)
"""Kinds of event that show that a person came."""


def worth(event: AnyEvent) -> float:
    """What one event is worth: money, a value, a share of a scale, or seconds; else 1."""
    match event:
        case Purchase() | Cart():
            return event.price * event.quantity
        case Outcome():
            return event.value
        case Rating():
            return event.share
        case View():
            return event.dwell_ms / 1000
        case Impression() | Exposure():
            return event.visible_ms / 1000
        case _:
            return 1.0


def names_of(event: AnyEvent) -> tuple[str, ...]:
    """What a metric may call this event: its kind, an action's name, an outcome's metric; ANYTHING if a person came."""
    names = [event.kind]
    if isinstance(event, Action):
        names.append(event.name)
    elif isinstance(event, Outcome):
        names.append(event.metric)
    if event.kind in BY_THEMSELVES:
        names.append(ANYTHING)
    return tuple(dict.fromkeys(names))


def named(event: AnyEvent) -> bool:
    """Whether events of this kind have names of their own."""
    return isinstance(event, Action | Outcome)
