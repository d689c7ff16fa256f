"""The words that every room speaks: events, decisions, requests, interactions. Frozen, typed, no I/O.

Start with `kinds` (the sixteen kinds of event), then `decision` (what an answer is).
"""

from typing import TypeAlias

from salience.events.decision import Choice, Decision, Reason, RecommendRequest, Shown, SimilarRequest
from salience.events.fault import InvalidInput, NotFound
from salience.events.kinds import (
    ANONYMOUS,
    Alias,
    Cart,
    Click,
    Consent,
    Event,
    Follow,
    Identify,
    Impression,
    Item,
    Message,
    Outcome,
    Purchase,
    Rating,
    Scalar,
    Search,
    ShareItem,
    Traits,
    View,
)

AnyEvent: TypeAlias = (
    View
    | Click
    | Cart
    | Purchase
    | Rating
    | Search
    | ShareItem
    | Follow
    | Message
    | Impression
    | Consent
    | Identify
    | Alias
    | Item
    | Decision
    | Outcome
)
"""The closed vocabulary. A new kind is a class in `kinds` and one line here."""

__all__ = [
    "ANONYMOUS",
    "Alias",
    "AnyEvent",
    "Cart",
    "Choice",
    "Click",
    "Consent",
    "Decision",
    "Event",
    "Follow",
    "Identify",
    "Impression",
    "InvalidInput",
    "Item",
    "Message",
    "NotFound",
    "Outcome",
    "Purchase",
    "Rating",
    "Reason",
    "RecommendRequest",
    "Scalar",
    "Search",
    "ShareItem",
    "Shown",
    "SimilarRequest",
    "Traits",
    "View",
]
