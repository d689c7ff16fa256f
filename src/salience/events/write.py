"""The writes. Every feature speaks in these, so any store of state that knows them can hold every feature.

Structs without garbage collection: a fold makes several per event and drops them at once.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from msgspec import Struct

Scope: TypeAlias = Literal["person", "item"]


class Put(Struct, frozen=True):
    """Set a field; the newest ``time`` wins, so the order of arrival does not matter. ``None`` forgets it."""

    scope: Scope
    key: str
    field: str
    value: Any
    time: int


class Increment(Struct, frozen=True, gc=False):
    """``person`` counts for ``by`` in a count of an item's people, which halves every ``half_life_ms``.

    Everybody counts once: by the deed of theirs that weighs most (`salience.store.tally`).
    """

    person: str
    item: str
    field: str
    by: float
    time: int
    half_life_ms: float


class Append(Struct, frozen=True, gc=False):
    """Add ``item`` to a person's history. The same item again keeps its larger ``strength`` and its newer ``time``."""

    person: str
    item: str
    strength: float
    time: int
    received: int
    kind: str


class Seen(Struct, frozen=True, gc=False):
    """This id was heard of at ``received``, by our clock; the earliest counts."""

    person: str
    received: int


class Merge(Struct, frozen=True, gc=False):
    """``source`` and ``into`` are one person, says ``event`` (`salience.events.identity` says what that makes)."""

    source: str
    into: str
    event: str = ""
    time: int = 0
    received: int = 0


class Cut(Struct, frozen=True, gc=False):
    """The ids in ``apart`` are somebody else: links between them and others, up to ``time``, are void."""

    apart: tuple[str, ...]
    event: str
    time: int


class Void(Struct, frozen=True, gc=False):
    """What the event ``of`` said of who is who is taken back."""

    of: str
    event: str
    time: int


Write: TypeAlias = Put | Increment | Append | Seen | Merge | Cut | Void
"""The closed list; `salience.store.state.State.apply` carries each of them out."""
