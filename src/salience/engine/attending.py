"""Attend: what people's attention was spent on, what it brought, and how it wears out. Read from the log alone."""

from __future__ import annotations

from functools import cache

from salience.engine.workspace import Workspace
from salience.events import InvalidInput
from salience.feedback.accounts import Account, Group, accounts, by_channel, by_slot
from salience.feedback.fatigue import Fatigue, fatigue
from salience.feedback.hours import HOURS, SendTime, hours, send_time
from salience.feedback.places import places
from salience.optimise.attention.position_bias import PositionBias, position_bias

__all__ = ["Account", "Attending", "Fatigue", "PositionBias", "SendTime"]


class Attending(Workspace):
    """The verbs of those who mind other people's time."""

    def attention(self, by: str = "slot") -> tuple[Account, ...]:
        """Accounts by ``slot``, ``channel``, or the name of a trait (``segment:country``)."""
        self.follower.catch_up(self.now())
        return accounts(self.all_events(), self._group(by), self.state.unit)

    def positions(self, slot: str) -> PositionBias:
        """What the places of a slot's row are worth, or that it cannot be said."""
        shown, clicked = places(self.all_events(), slot)
        if not shown.size or shown.shape[1] < 2:
            way_out = "send impressions with slot, item, position and decision; the tag does"
            raise InvalidInput("slot", slot, "has no impressions in two places", way_out)
        deep = int((shown.sum(axis=0) > 0).argmin()) or shown.shape[1]  # up to the first place that was never shown
        return position_bias(shown[:, :deep], clicked[:, :deep])

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
