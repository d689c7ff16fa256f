"""One event as one row of a table, and back. The columns that tables are asked for stand alone, the rest is JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from salience.events import AnyEvent

TEXT, WHOLE, NUMBER = "VARCHAR", "BIGINT", "DOUBLE"

EVENT_COLUMNS: Mapping[str, str] = {
    "id": TEXT,
    "kind": TEXT,
    "user": TEXT,
    "anonymous": TEXT,
    "session": TEXT,
    "time": WHOLE,
    "received": WHOLE,
    "source": TEXT,
    "decision": TEXT,
    "slot": TEXT,
    "item": TEXT,
    "value": NUMBER,
    "quantity": NUMBER,
    "price": NUMBER,
    "currency": TEXT,
    "query": TEXT,
    "text": TEXT,
    "rest": TEXT,
}
"""Column -> SQL type. ``rest`` holds every other field of the event as one JSON object."""

_encode = msgspec.json.Encoder().encode
_OURS = ("received", "source")


def flat(event: AnyEvent) -> dict[str, Any]:
    """The row of an event; columns that its kind lacks, or that are at their default, are missing.

    >>> from salience.events import Click
    >>> flat(Click(id="e1", user="ann", item="tea", position=2))
    {'id': 'e1', 'kind': 'click', 'user': 'ann', 'item': 'tea', 'rest': '{"position":2}'}
    """
    fields: dict[str, Any] = msgspec.to_builtins(event)
    row = {name: fields.pop(name) for name in EVENT_COLUMNS if name in fields and fields[name] is not None}
    return {**row, "rest": _encode(fields).decode()} if fields else row


def whole(cells: Mapping[str, Any]) -> bytes:
    """The event of a row, as HTTP takes it. `ValueError` if ``rest`` is no JSON object.

    >>> whole({"id": "e1", "kind": "click", "user": "ann", "item": "tea", "value": None, "rest": '{"position":2}'})
    b'{"position":2,"id":"e1","kind":"click","user":"ann","item":"tea"}'
    """
    try:
        rest = msgspec.json.decode(cells.get("rest") or "{}", type=dict[str, Any])
    except msgspec.DecodeError:
        raise ValueError("rest: must be a JSON object") from None
    own = {name: value for name, value in cells.items() if name in EVENT_COLUMNS and value not in (None, "")}
    numbers = {name: _number(name, value) for name, value in own.items() if EVENT_COLUMNS[name] != TEXT}
    texts = {name: value for name, value in own.items() if EVENT_COLUMNS[name] == TEXT and name != "rest"}
    row = {name: numbers.get(name, texts.get(name)) for name in own if name != "rest" and name not in _OURS}
    return _encode({**rest, **row})


def _number(name: str, value: Any) -> Any:
    try:
        return int(value) if EVENT_COLUMNS[name] == WHOLE else float(value)
    except (TypeError, ValueError):
        if name == "time":  # a table of somebody else's may hold it as RFC 3339 text: the door reads that
            return value
        raise ValueError(f"{name}: must be a number") from None
