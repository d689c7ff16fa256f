"""The four writes. Every feature speaks in these, so any store of state that knows them can hold every feature."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, TypeAlias

Scope: TypeAlias = Literal["person", "item"]


class Put(NamedTuple):
    """Set a field; the newest ``time`` wins, so the order of arrival does not matter. ``None`` forgets it."""

    scope: Scope
    key: str
    field: str
    value: Any
    time: int


class Increment(NamedTuple):
    """Add ``by`` to a count of an item that halves every ``half_life_ms``."""

    item: str
    field: str
    by: float
    time: int
    half_life_ms: float


class Append(NamedTuple):
    """Add ``item`` to a person's history. The same item again keeps its larger ``strength`` and its newer ``time``."""

    person: str
    item: str
    strength: float
    time: int
    received: int
    kind: str


class Merge(NamedTuple):
    """From now on ``source`` is the same person as ``into``."""

    source: str
    into: str


Write: TypeAlias = Put | Increment | Append | Merge
"""The closed list; `salience.store.state.State.apply` carries each of them out."""
