"""What a reaction is worth to the decision that caused it: a number in [-1, 1]."""

from __future__ import annotations

from salience.events import AnyEvent, Cart, Click, Follow, Outcome, Purchase, Rating, ShareItem

REACTIONS: dict[type, float] = {Click: 1.0, Cart: 1.0, Purchase: 1.0, ShareItem: 1.0, Follow: 1.0}
"""Reactions that say by themselves that the answer was worth the person's time; a decision earns at most one."""


def reward(event: AnyEvent) -> float | None:
    """The reward that an event brings to the decision it names; None if it brings none.

    >>> from salience.events import View
    >>> reward(Outcome(id="1", decision="d", value=0.25)), reward(Click(id="2", item="tea", decision="d"))
    (0.25, 1.0)
    >>> reward(View(id="3", item="tea", decision="d")) is None, reward(Click(id="4", item="tea")) is None
    (True, True)
    """
    if not event.decision:
        return None
    match event:
        case Outcome():
            return event.value
        case Rating():
            return event.share
        case _:
            return REACTIONS.get(type(event))
