"""When something happened: ms since 1970 or RFC 3339, and never later than a day from now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

DAY_MS = 86_400_000
LATEST = 4_102_444_800_000


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


def clamped(time: int, now: int) -> tuple[int, str]:
    """The time to store and a warning: unknown (0) is now; more than a day ahead is a wrong clock, so now as well.

    >>> clamped(0, 5), clamped(4, 5)
    ((5, ''), (4, ''))
    >>> clamped(10 * DAY_MS, DAY_MS)
    (86400000, 'time: lies more than 24 h ahead, set to the time of receipt')
    """
    if time > now + DAY_MS:
        return now, "time: lies more than 24 h ahead, set to the time of receipt"
    return time or now, ""
