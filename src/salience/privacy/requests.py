"""What a person has asked for, and the clocks that run from then: when to confirm, when to answer, when it is late.

GDPR 12(3), CCPA 1798.130 and 11 CCR 7021, 7026, PIPL 50: the days are those of `regions.CLOCKS`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, Literal, TypeAlias, get_args

from msgspec import Struct, structs

from salience.events import InvalidInput
from salience.privacy.regions import CLOCKS, Law

Right: TypeAlias = Literal[
    "access", "portability", "rectification", "erasure", "restriction", "objection", "opt-out", "contest"
]
RIGHTS: Final[tuple[Right, ...]] = get_args(Right)
Outcome: TypeAlias = Literal["done", "refused", "not verified", "withdrawn"]
Light: TypeAlias = Literal["green", "red", "late", "closed"]

DAY = 86_400_000
RED_AT = 0.8
"""Share of the time after which a request is shown in red."""


class Request(Struct, frozen=True):
    """One request. ``about``: the person's pseudonym; ``verified``: how the asker showed who they are.

    ``due`` and ``confirm_by`` are ms UTC; 0 where nothing has to be confirmed.
    """

    id: str
    right: Right
    about: str
    law: Law
    received: int
    due: int
    confirm_by: int
    verified: str = ""
    confirmed: int = 0
    extended: str = ""
    closed: int = 0
    outcome: Outcome | Literal[""] = ""
    note: str = ""

    def confirm(self, now: int) -> Request:
        """The person was told that the request has arrived."""
        return structs.replace(self, confirmed=self.confirmed or now)

    def extend(self, why: str, now: int) -> Request:
        """More time, once, for a reason that the person is told before the first time is over."""
        clock = CLOCKS[self.law]
        if not why or self.extended or not clock.longer or now > self.due or self.closed:
            rule = f"can be extended once, with a reason, before it is due; {self.law} adds {clock.longer} days"
            raise InvalidInput("request", self.id, rule)
        return structs.replace(self, extended=why, due=self.due + clock.longer * DAY)

    def close(self, outcome: Outcome | Literal[""], now: int, note: str = "") -> Request:
        """Closed, with what became of it; without an outcome it stays open."""
        if outcome not in get_args(Outcome):
            rule = "a request is closed with an outcome"
            raise InvalidInput("outcome", outcome, rule, f"one of {', '.join(get_args(Outcome))}")
        if self.closed:
            raise InvalidInput("request", self.id, f"is closed already: {self.outcome}")
        return structs.replace(self, closed=now, outcome=outcome, note=note)

    def light(self, now: int) -> Light:
        """Green; red once four fifths of the time are over; late."""
        if self.closed:
            return "closed"
        if now > self.due or (self.confirm_by and not self.confirmed and now > self.confirm_by):
            return "late"
        return "red" if now >= self.received + RED_AT * (self.due - self.received) else "green"


def opened(id: str, right: Right, about: str, law: Law, now: int, verified: str = "") -> Request:
    """A new request, with its clocks.

    >>> one = opened("r", "access", "p1_x", "CCPA", 1_767_225_600_000)  # Thursday, 2026-01-01
    >>> (one.due - one.received) // DAY, (one.confirm_by - one.received) // DAY
    (45, 14)
    """
    clock = CLOCKS[law]
    if right == "opt-out" and law == "CCPA":
        due = business_days(now, clock.opt_out)
    else:
        due = now + (clock.opt_out if right == "opt-out" else clock.answer) * DAY
    confirm_by = business_days(now, clock.confirm) if clock.confirm else 0
    return Request(id, right, about, law, now, due, confirm_by, verified)


def business_days(start: int, days: int) -> int:
    """The moment so many days from Monday to Friday later, at the same time of day. Holidays are not known here."""
    day = datetime.fromtimestamp(start / 1000, UTC)
    left = days
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return int(day.timestamp() * 1000)
