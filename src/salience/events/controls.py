"""What a caller may ask of a row besides relevance: rules, repeats, variety, freshness, shares, floors, value."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from salience.events.fault import InvalidInput
from salience.events.filters import Filter
from salience.events.kinds import Name, Share

Days: TypeAlias = Annotated[float, Meta(ge=0, le=36_500)]
HalfLife: TypeAlias = Annotated[float, Meta(gt=0, le=36_500)]


class ShopRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule of the shop for the items that ``when`` matches; exactly one of three.

    ``boost`` and ``bury`` multiply the relevance; ``pin`` puts the best match at that position, counted from 1.
    ``segment``: only for people who are in this segment of the workspace, and may be personalised for.
    """

    when: Filter
    boost: Annotated[float, Meta(ge=1, le=1000)] | None = None
    bury: Annotated[float, Meta(ge=0, le=1)] | None = None
    pin: Annotated[int, Meta(ge=1, le=1000)] | None = None
    name: Annotated[str, Meta(max_length=64)] = ""
    segment: Annotated[str, Meta(max_length=128)] = ""

    def checked(self, parameter: str) -> ShopRule:
        """Itself; `InvalidInput` unless it says exactly one thing."""
        if sum(part is not None for part in (self.boost, self.bury, self.pin)) != 1:
            raise InvalidInput(parameter, self.name, "needs exactly one of boost, bury and pin", "make two rules")
        return self


class Again(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether an item may be shown again. ``never``; ``after`` so many days; or by ``decay``, fading back in:

    its relevance is multiplied with 1 - 2^(-age / days), ``days`` being the half-life of having had enough of it.
    """

    mode: Literal["never", "after", "decay"] = "never"
    days: Days = 0.0

    def checked(self, parameter: str) -> Again:
        """Itself; `InvalidInput` where decay has no half-life."""
        if self.mode == "decay" and not self.days > 0:
            raise InvalidInput(f"{parameter}.days", self.days, "decay needs a half-life above 0", "e.g. 30")
        return self


class Repeat(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``viewed`` is for items looked at, clicked, shared or put into the cart; ``bought`` for bought and rated ones."""

    viewed: Again = Again()
    bought: Again = Again()


class Diversity(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``strength`` 0 is relevance alone, 1 variety alone. See `recommend.mmr` and `recommend.dpp`."""

    method: Literal["mmr", "dpp"] = "mmr"
    strength: Share = 0.3


class Freshness(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Relevance times 1 - weight + weight * 2^(-age / half-life). Without a known ``created`` an item counts as old."""

    half_life_days: HalfLife = 30.0
    weight: Share = 0.5


class Objective(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Relevance^(1 - weight) * value^weight, ``field`` being the value: weight 0.5 orders by relevance x margin."""

    field: Name
    weight: Share = 0.5


class Floor(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``values`` of the field, e.g. small publishers, get each at least ``share`` of the row's exposure."""

    field: Name
    values: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=20)]
    share: Annotated[float, Meta(gt=0, le=1)]

    def checked(self, parameter: str) -> Floor:
        """Itself; `InvalidInput` where more is promised than there is."""
        if self.share * len(set(self.values)) > 1 + 1e-9:
            rule = f"{len(set(self.values))} floors of {self.share:g} are more than the whole row"
            raise InvalidInput(f"{parameter}.share", self.share, rule, "lower the share")
        return self
