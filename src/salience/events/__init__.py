"""The words that every room speaks: events, decisions, requests, interactions. Frozen, typed, no I/O.

Start with `kinds` (the kinds of event), then `decision` (what an answer is).
"""

from typing import TypeAlias

from salience.events.decision import Choice, Decision, Reason, RecommendRequest, Shown, SimilarRequest
from salience.events.fault import InvalidInput, NotFound
from salience.events.kinds import (
    ANONYMOUS,
    SOURCE,
    Action,
    Alias,
    Cart,
    Click,
    Consent,
    Event,
    Exposure,
    Follow,
    Identify,
    Impression,
    Item,
    Message,
    Outcome,
    Page,
    Position,
    Purchase,
    Rating,
    Scalar,
    Search,
    ShareItem,
    Signal,
    Split,
    Traits,
    Undo,
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
    | Exposure
    | Page
    | Action
    | Consent
    | Identify
    | Alias
    | Split
    | Undo
    | Item
    | Decision
    | Outcome
    | Position
)
"""The closed vocabulary. A new kind is a class in `kinds` and one line here."""

__all__ = [
    "ANONYMOUS",
    "SOURCE",
    "Action",
    "Alias",
    "AnyEvent",
    "Cart",
    "Choice",
    "Click",
    "Consent",
    "Decision",
    "Event",
    "Exposure",
    "Follow",
    "Identify",
    "Impression",
    "InvalidInput",
    "Item",
    "Message",
    "NotFound",
    "Outcome",
    "Page",
    "Position",
    "Purchase",
    "Rating",
    "Reason",
    "RecommendRequest",
    "Scalar",
    "Search",
    "ShareItem",
    "Shown",
    "Signal",
    "SimilarRequest",
    "Split",
    "Traits",
    "Undo",
    "View",
]
