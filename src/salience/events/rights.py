"""What the rights of a person answer with: the access file, where they stand, their tags. Frozen, typed, no I/O."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class Section(Struct, frozen=True):
    """One part of an access file. ``places``: the entries of the store inventory that it covers."""

    title: str
    words: str
    places: tuple[str, ...]
    entries: tuple[Any, ...]


class AccessFile(Struct, frozen=True):
    """Everything that is kept or has been concluded about a person, in plain words (GDPR 15, PIPL 45, CCPA .110)."""

    person: str
    ids: tuple[str, ...]
    made: int
    logic: str
    rights: str
    sections: tuple[Section, ...]

    @property
    def places(self) -> frozenset[str]:
        """Every entry of the inventory that was looked into."""
        return frozenset(place for section in self.sections for place in section.places)


class UseView(Struct, frozen=True):
    """One use of a person's data: whether it is allowed, why, and both in words."""

    use: str
    allowed: bool
    because: str
    words: str


class ChoiceView(Struct, frozen=True):
    """One choice with its receipt."""

    name: str
    given: bool
    received: int
    event: str
    notice: str
    region: str


class StandingView(Struct, frozen=True):
    """Where a person stands now, and everything that they have chosen. ``opted_out``: sale and sharing are off."""

    person: str
    law: str
    opted_out: bool
    uses: tuple[UseView, ...]
    choices: tuple[ChoiceView, ...]


class Tag(Struct, frozen=True):
    """Something that is said of a person: a trait that was sent, a segment that was computed. ``source``: by whom."""

    name: str
    value: Any
    source: str


class Choices(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person says through the rights' routes: the fields of a consent event that are theirs to set."""

    purposes: dict[str, bool] = {}
    signals: dict[str, bool] = {}
    notice: str = ""
    version: str = ""
    wording: str = ""
    method: str = ""
    page: str = ""
    region: str = ""
    language: str = ""
    guardian: str = ""
    after_conflict: bool = False
    tcf: str = ""
    gpp: str = ""
