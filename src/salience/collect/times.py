"""When something happened: ms since 1970 or RFC 3339, set right where the sender's clock is wrong."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

DAY_MS = 86_400_000
LATEST = 4_102_444_800_000
AGREE_MS = 1_000
"""Clocks this close agree: what the sender wrote is kept to the millisecond."""

LIVE_MS = 2 * DAY_MS
"""A browser sends what happens now. What it calls older, without saying when it sent it, is taken for a wrong clock."""


def milliseconds(value: Any) -> int:
    """ms since 1970-01-01 UTC of an int or an RFC 3339 string; `ValueError` says the rule.

    >>> milliseconds("1998-04-22T13:10:38Z"), milliseconds(893250638000)
    (893250638000, 893250638000)
    """
    if isinstance(value, str):
        try:
            moment = msgspec.convert(value, datetime)
        except msgspec.ValidationError:
            raise ValueError(_RULE) from None
        if moment.tzinfo is None:
            raise ValueError("must say its offset from UTC, e.g. 2026-01-31T12:00:00Z")
        value = int(moment.timestamp() * 1000)
    if type(value) is not int:
        raise ValueError(_RULE)
    if value < 0:
        raise ValueError("must not lie before 1970")
    return value


_RULE = "must be ms since 1970-01-01 UTC as an integer, or RFC 3339 text"


def placed(time: int, now: int, *, sent: int = 0, live: bool = False) -> tuple[int, str]:
    """The time to store and a warning, for ``time`` by the sender's clock; 0 is unknown.

    ``sent``: when the same clock said that the body left (0: not told). Its error cancels out, as in Snowplow's
    collector: true time = received - (sent - created). ``live``: from a browser, which has no history to tell.

    >>> placed(0, 5), placed(4, 5)
    ((5, ''), (4, ''))
    >>> placed(7 * DAY_MS - 300_000, 90 * DAY_MS, sent=7 * DAY_MS)
    (7775700000, "time: moved by +83 d, as far as the sender's clock is off")
    >>> placed(10 * DAY_MS, DAY_MS)
    (86400000, 'time: lies more than 24 h ahead, set to the time of receipt')
    """
    if not time:
        return now, ""
    if sent and abs(now - sent) > AGREE_MS:
        right = min(now - (sent - time), now)
        if right > 0:
            return right, f"time: moved by {_span(now - sent)}, as far as the sender's clock is off"
    if time > now + DAY_MS:
        return now, "time: lies more than 24 h ahead, set to the time of receipt"
    if live and not sent and time < now - LIVE_MS:
        return now, "time: lies more than 48 h back and the body does not say when it was sent, set to that of receipt"
    return time, ""


def _span(ms: int) -> str:
    """A signed length of time in its largest whole unit: ``+83 d``, ``-2 s``."""
    for size, unit in ((DAY_MS, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s")):
        if abs(ms) >= size:
            return f"{'+' if ms > 0 else '-'}{abs(ms) // size} {unit}"
    return f"{ms:+d} ms"
