"""How strongly one event says "this person wants this item": one visible table for training and serving (law 5).

The steps follow what an act costs the person, the usual reading of implicit feedback (Hu, Koren & Volinsky 2008: more
costly acts deserve more confidence). They order the kinds; their exact size is a convention, not a measurement.

| kind | strength | why |
|---|---|---|
| impression | 0 | the shop acted, not the person |
| view | 0.25 | looked, may have left at once |
| click | 0.5 | chose it among others |
| share | 0.75 | put their name to it before somebody else |
| cart | 0.75 | meant to buy it |
| purchase | 1 | paid for it |
| rating | (value - low) / (high - low) | said it outright; outside its own scale it says nothing: 0 |

A message about an item is worth 0 until its tone is known, and following is about a person or a topic, not an item: 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from types import MappingProxyType

from salience.events import AnyEvent, Cart, Click, Purchase, Rating, ShareItem, View

STRENGTHS: Mapping[type, float] = MappingProxyType({View: 0.25, Click: 0.5, ShareItem: 0.75, Cart: 0.75, Purchase: 1.0})
"""The kinds of constant strength; ratings carry their own, all others are worth 0."""


def strength(event: AnyEvent) -> float:
    """The preference for ``event.item`` that this event shows, in [0, 1]; 0 for events that are not about an item.

    >>> from salience.events import Purchase, Rating, Search
    >>> strength(Purchase(id="1", user="ann", item="tea")), strength(Rating(id="2", user="ann", item="tea", value=4))
    (1.0, 0.75)
    >>> strength(Search(id="3", user="ann", query="tea")), strength(Rating(id="4", user="ann", item="tea", value=9))
    (0.0, 0.0)
    """
    if type(event) is Rating:
        return event.share if in_scale(event) else 0.0
    return STRENGTHS.get(type(event), 0.0)


def in_scale(event: Rating) -> bool:
    """Whether the grade lies on its own scale; NaN does not."""
    return isfinite(event.high - event.low) and event.low < event.high and event.low <= event.value <= event.high
