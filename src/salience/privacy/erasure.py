"""The receipt of an erasure: every place of the inventory, what was done there, and whether it is clean. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

from salience.privacy.inventory import KEPT, Kept

Fate: TypeAlias = Literal["clean", "due", "yours"]
"""``clean``: nothing of the person is there. ``due``: it will be, by the time that the place says. ``yours``: a copy
outside the workspace, which only its owner can delete."""


UNKNOWN = "due: no eraser knows this place"


class Place(Struct, frozen=True):
    """One place that could hold something of a person. ``found``: how many traces were there before."""

    name: str
    holds: str
    done: str
    fate: Fate = "clean"
    found: int = 0


class Erasure(Struct, frozen=True):
    """The receipt. ``about`` is the person's pseudonym; the ids that were known of them are counted, not named.

    ``complete``: every place is clean. ``row``: the last row of the log at that moment.
    """

    id: str
    about: str
    at: int
    row: int
    ids: int
    reason: str
    places: tuple[Place, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing is due or left to others."""
        return all(place.fate == "clean" for place in self.places)


class Proof(Struct, frozen=True):
    """What a second look found. ``erased``: the person is on the suppression list, since ``at``, by ``receipt``."""

    erased: bool
    at: int
    receipt: str
    places: tuple[Place, ...]

    @property
    def clean(self) -> bool:
        """Whether nothing of the person is left in the workspace. Copies outside of it are listed, not counted."""
        return all(place.fate != "due" for place in self.places)


def places(done: Mapping[str, tuple[str, int]], more: Iterable[Place] = ()) -> tuple[Place, ...]:
    """A place for every entry of the inventory that may hold people's data, then ``more`` outside of it.

    ``done``: name of the entry -> what was done there, and how many traces had been found. An entry about people that
    nobody did anything about is a hole: the receipt says so, and a test fails. The inventory drives the erasure.

    >>> places({})[0].done
    'due: no eraser knows this place'
    """
    return (*(_place(kept, *done.get(kept.name, (UNKNOWN, 0))) for kept in KEPT if kept.personal), *more)


def _place(kept: Kept, done: str, found: int) -> Place:
    return Place(f"{kept.sort} {kept.name}", kept.holds, done, "due" if done.startswith("due") else "clean", found)
