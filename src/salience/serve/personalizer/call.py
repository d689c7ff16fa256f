"""One call of Personalizer's, and the small things that all of them share: times, durations, empty answers."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from salience.events import InvalidInput
from salience.events.roles import Right
from salience.serve.fault import HttpFault
from salience.serve.wire import JSON, document

if TYPE_CHECKING:
    from salience.engine import Engine

LOOP = "default"
"""The loop that Personalizer's resources are: its calls name none."""

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")


@dataclass(frozen=True)
class Call:
    """``body``: whether it has one that is read. ``needs``: the right of the caller's key."""

    method: Literal["GET", "PUT", "POST", "DELETE"]
    path: str
    respond: Callable[[Engine, Request], Awaitable[Response]]
    needs: Right = "secret"
    body: bool = False
    also: tuple[str, ...] = ()


def done() -> Response:
    """204, as the clients expect it."""
    return Response(status_code=204)


def answered(told: Any, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(msgspec.json.encode(told), status, media_type=JSON)


def given(body: bytes) -> dict[str, Any]:
    """A JSON object."""
    raw = document(body)
    if not isinstance(raw, dict):
        raise HttpFault(400, "body", raw, "must be one JSON object")
    return raw


def converted(raw: Any, kind: Any, parameter: str) -> Any:
    """``raw`` as a type; `InvalidInput` with the parameter otherwise."""
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        raise InvalidInput(parameter, str(raw)[:80], str(error)) from None


def milliseconds(duration: str, parameter: str) -> int:
    """An ISO 8601 duration in ms.

    >>> milliseconds("PT10M", "wait"), milliseconds("P1DT2H", "wait"), milliseconds("1.02:00:00", "wait")
    (600000, 93600000, 93600000)
    """
    found = _DURATION.fullmatch(duration)
    plain = re.fullmatch(r"(?:(\d+)[. ])?(\d+):(\d+):(\d+(?:\.\d+)?)", duration)
    parts = found or plain
    if not parts or not any(parts.groups()):
        raise InvalidInput(parameter, duration, "must be a duration", "write ten minutes as PT10M")
    days, hours, minutes, seconds = (float(part or 0) for part in parts.groups())
    return int(1000 * (86_400 * days + 3_600 * hours + 60 * minutes + seconds))


def duration(ms: int) -> str:
    """ms as an ISO 8601 duration.

    >>> duration(600_000), duration(172_800_000), duration(5_500), duration(0)
    ('PT10M', 'P2D', 'PT5.5S', 'PT0S')
    """
    whole, rest = divmod(ms, 86_400_000)
    hours, rest = divmod(rest, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    time = "".join(f"{value:g}{unit}" for value, unit in ((hours, "H"), (minutes, "M"), (rest / 1000, "S")) if value)
    return f"P{f'{whole}D' if whole else ''}{'T' + time if time else ''}" if ms else "PT0S"


def moment(ms: int) -> str | None:
    """ms since 1970 as Personalizer writes times; None for never."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat().replace("+00:00", "Z") if ms else None


def when(text: str, parameter: str, *, end: bool = False) -> int:
    """A time of the caller's in ms; a day alone begins at midnight UTC, and as an ``end`` lasts until the next one.

    >>> when("2022-09-20", "start"), when("20220920T000000Z", "start") == when("2022-09-20T00:00:00Z", "start")
    (1663632000000, True)
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(parameter, text, "must be a time", "write it as 2026-01-31T12:00:00Z") from None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    if end and len(text) <= 10:
        found += timedelta(days=1)
    return int(found.timestamp() * 1000)
