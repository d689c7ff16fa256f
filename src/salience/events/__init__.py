"""The words that every room speaks: events, decisions, requests, interactions. Frozen, typed, no I/O.

Start with `kinds` (the kinds of event), then `decision` (what an answer is).
"""

from typing import TypeAlias

from salience.events.decision import Choice, Decision, Reason, RecommendRequest, Shown, SimilarRequest
from salience.events.experiment import EXPERIMENT, Assigned, Experiment
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
    set_aside,
)
from salience.events.loops import Activation, DecideRequest, LoopSettings, Placed, Ranked, Steering

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
    | Experiment
    | Assigned
    | Ranked
    | Activation
    | Steering
)
"""The closed vocabulary. A new kind is a class in `kinds` and one line here."""

__all__ = [
    "ANONYMOUS",
    "EXPERIMENT",
    "SOURCE",
    "Action",
    "Activation",
    "Alias",
    "AnyEvent",
    "Assigned",
    "Cart",
    "Choice",
    "Click",
    "Consent",
    "DecideRequest",
    "Decision",
    "Event",
    "Experiment",
    "Exposure",
    "Follow",
    "Identify",
    "Impression",
    "InvalidInput",
    "Item",
    "LoopSettings",
    "Message",
    "NotFound",
    "Outcome",
    "Page",
    "Placed",
    "Position",
    "Purchase",
    "Ranked",
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
    "Steering",
    "Traits",
    "Undo",
    "View",
    "set_aside",
]
