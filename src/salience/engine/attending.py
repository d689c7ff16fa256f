"""Attend: what people's attention was spent on, what it brought, and how it wears out. Read from the log alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from salience.engine.workspace import Workspace
from salience.events import InvalidInput
from salience.feedback.accounts import Account, Group, accounts, by_channel, by_slot
from salience.feedback.fatigue import Fatigue, fatigue
from salience.feedback.hours import HOURS, SendTime, hours, send_time
from salience.feedback.places import places
from salience.optimise.attention.position_bias import PositionBias, position_bias
from salience.privacy.floors import CONSOLE, shown

__all__ = ["Account", "Attending", "Fatigue", "PositionBias", "SendTime"]

SMALL = "(small groups)"
"""Groups of people that are too small to be told apart."""


class Attending(Workspace):
    """The verbs of those who mind other people's time."""

    def attention(self, by: str = "slot") -> tuple[Account, ...]:
        """Accounts by ``slot``, ``channel``, or the name of a trait (``segment:country``).

        Groups of people too small to hide anybody in stand together as `SMALL`, and not at all if they are few even so.
        """
        self.follower.catch_up(self.now())
        group = self._group(by)
        found = accounts(self.all_events(), group, self.state.unit)
        if by in ("slot", "channel"):
            return found
        large = dict(shown({one.name: one.people for one in found}).groups)
        while len(large) < len(found):
            merged = accounts(self.all_events(), group, self.state.unit, _without_small(frozenset(large)))
            if all(one.people >= CONSOLE for one in merged if one.name == SMALL):
                return merged
            if not large:
                return ()
            large.pop(min(large, key=lambda name: large[name]))  # else the few could be worked out from the total
        return found

    def positions(self, slot: str) -> PositionBias:
        """What the places of a slot's row are worth, or that it cannot be said."""
        seen, clicked = places(self.all_events(), slot)
        if not seen.size or seen.shape[1] < 2:
            way_out = "send impressions with slot, item, position and decision; the tag does"
            raise InvalidInput("slot", slot, "has no impressions in two places", way_out)
        deep = int((seen.sum(axis=0) > 0).argmin()) or seen.shape[1]  # up to the first place that was never shown
        return position_bias(seen[:, :deep], clicked[:, :deep])

    def fatigue(self, slot: str = "") -> Fatigue:
        """What the n-th impression of the same thing still does."""
        self.follower.catch_up(self.now())
        return fatigue(self.all_events(), self.state.unit, slot)

    def send_time(self, user: str, allowed: tuple[int, ...] = tuple(range(HOURS))) -> SendTime:
        """The hour at which somebody is there, among those allowed."""
        if not allowed or not set(allowed) <= set(range(HOURS)):
            raise InvalidInput("hours", allowed, "are whole hours from 0 to 23, at least one", "e.g. 8-20")
        self.follower.catch_up(self.now())
        counts = hours(self.all_events(), self.state.unit)
        return send_time(counts, self.state.unit(user), allowed)

    def _group(self, by: str) -> Group:
        if by in ("slot", "channel"):
            return by_slot if by == "slot" else by_channel
        sort, _, trait = by.partition(":")
        if sort != "segment" or not trait:
            raise InvalidInput("by", by, "is slot, channel or segment:TRAIT", "e.g. segment:country")

        @cache
        def of(subject: str) -> str:
            value = self.state.person(subject).fields.get(f"trait:{trait}") if subject else None
            return "" if value is None else str(value)

        return lambda event: of(event.subject)


def _without_small(large: frozenset[str]) -> Callable[[str], str]:
    return lambda name: name if name in large else SMALL
