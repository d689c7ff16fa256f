"""What the papers speak of, and the pieces that they are made of. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from msgspec import Struct

from salience.events.controller import Controller
from salience.privacy.floors import CONSOLE
from salience.privacy.recipients import Recipient
from salience.privacy.regions import Purpose, region_of
from salience.privacy.requests import Request


class Paper(Struct, frozen=True):
    """``text``: Markdown. ``hash``: SHA-256 of what it was made from; another hash now means that it is stale."""

    name: str
    made: int
    made_from: str
    hash: str
    text: str


class Learned(NamedTuple):
    """One thing that was learned from people. ``people``: from how many; ``made``: ms."""

    name: str
    algorithm: str
    people: int
    made: int
    live: bool


class Facts(Struct, frozen=True):
    """What the papers speak of, as the workspace has it now.

    ``traits``: name -> people who have it. ``rows``: of the audit chain. ``copies``: sort of copy, and when it was
    written. ``silence``: purpose -> whether it is served while a person has said nothing. ``log``: where events lie.
    ``models`` and ``predictors``: what was learned from people. ``keys`` and ``accounts``: role -> how many.
    ``limits``: what the settings bound. ``shared``: recipient -> people whose data it has. ``notices``: state ->
    deletes that are owed.
    """

    workspace: str
    region: str
    made: int
    people: int
    events: Mapping[str, int]
    days: Mapping[str, int]
    recipients: tuple[Recipient, ...]
    model: Mapping[str, Any]
    explore: float
    rules: int
    sensitive: tuple[str, ...]
    open_requests: int
    audit: str
    program: str = ""
    traits: Mapping[str, int] = {}
    requests: tuple[Request, ...] = ()
    erasures: int = 0
    rows: int = 0
    copies: tuple[tuple[str, int], ...] = ()
    prices: tuple[tuple[str, str, str, str], ...] = ()
    """(loop, what it decides, feature, why it may differ by that); the feature is "" where it differs by nothing."""
    controller: Controller = Controller()
    silence: Mapping[Purpose, bool] = {}
    log: str = ""
    models: tuple[Learned, ...] = ()
    predictors: tuple[Learned, ...] = ()
    keys: Mapping[str, int] = {}
    accounts: Mapping[str, int] = {}
    provider: str = ""
    limits: tuple[str, ...] = ()
    keep_models: int = 10
    shared: Mapping[str, int] = {}
    notices: Mapping[str, int] = {}


def kept_for(facts: Facts, name: str) -> str:
    """How long a class of data is kept, or why it has no limit."""
    days = facts.days.get(name, 0)
    why = facts.controller.limits.get(name) or "[say why, or set one: GDPR 5(1)(e)]"
    return f"{days} days" if days else f"no limit is set: {why}"


def ground(facts: Facts, purpose: Purpose) -> str:
    """The legal ground of a purpose, as people have named it."""
    return facts.controller.grounds.get(purpose) or "[to be named]"


def crowd(count: int) -> str:
    """How many, where that tells of nobody in particular."""
    return f"{count:,}" if count >= CONSOLE else f"fewer than {CONSOLE}"


def moment(at: int) -> str:
    """A time as people write it."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(" ", "minutes").replace("+00:00", " UTC")


def law(facts: Facts) -> str:
    """Whose law decides."""
    if not facts.region:
        return "that of the person's own region; the settings name none"
    return f"{region_of(facts.region).law} ({facts.region})"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterable[str]:
    """A table in Markdown."""
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |"
