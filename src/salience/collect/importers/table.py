"""Rows of a table -> events, by a map from the fields of an event to the columns. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeAlias, get_args

import msgspec
from msgspec import Struct, structs

from salience.collect.identity import content_id, email_id
from salience.collect.receipt import Rejected
from salience.events import AnyEvent, Decision, Event, InvalidInput, Position, Scalar

KINDS: dict[str, type[Event]] = {
    str(kind.__struct_config__.tag): kind for kind in get_args(AnyEvent) if kind not in (Decision, Position)
}
SECONDS_BELOW = 100_000_000_000
"""A bare number of time below this is in seconds (until the year 5138), from it on in ms (from March 1973)."""

_OURS = frozenset({"received", "source", "context"})
CONTEXT = "context."
"""Before a field's name: it goes into the context of the event."""
_SPREAD = {"item": "attributes", "identify": "traits"}
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?")


class Row(Struct, frozen=True):
    """One row: its line in the file, its cells by column, its bytes as they were. ``broken``: why it is no row."""

    line: int
    cells: Mapping[str, Any]
    raw: bytes
    broken: str = ""


class TableMap(Struct, frozen=True, kw_only=True):
    """How rows become events of one ``kind``.

    ``columns``: field of the event -> column, ``context.NAME`` for one of its context;
    ``constants``: field -> value for every row (e.g. a rating's ``low``);
    ``ids``: what the column of ``user`` holds: account, anonymous, device, email or loyalty ids;
    ``separator`` splits lists (categories); ``rest``: of items and users, the unmapped columns become attributes or
    traits under their own names.
    """

    kind: str
    columns: dict[str, str]
    constants: dict[str, Any] = msgspec.field(default_factory=dict)
    ids: str = "account"
    separator: str = "|"
    rest: bool = True


Imported: TypeAlias = AnyEvent | Rejected


def table_map(kind: str, columns: str | Mapping[str, str], **options: Any) -> TableMap:
    """A checked map. ``columns`` may be text as on a command line. `InvalidInput` for an unknown kind or field.

    >>> table_map("rating", "user=userId,item=movieId,value=rating,time=timestamp").columns["item"]
    'movieId'
    """
    if kind not in KINDS:
        raise InvalidInput("kind", kind, "is no kind of event that can be imported", f"use one of {', '.join(KINDS)}")
    if isinstance(columns, str):
        columns = _pairs(columns)
    fields = [field for field in KINDS[kind].__struct_fields__ if field not in _OURS]
    for field in [*columns, *options.get("constants", {})]:
        if field not in fields and (not field.startswith(CONTEXT) or field == CONTEXT):
            way = f"use some of {', '.join(fields)}, or {CONTEXT}NAME for what is known of the moment"
            raise InvalidInput("columns", field, f"is no field of {kind!r}", way)
    return TableMap(kind=kind, columns=dict(columns), **options)


def check_columns(mapping: TableMap, columns: Iterable[str]) -> None:
    """`InvalidInput` listing what there is when a mapped column is not in the file."""
    there = list(columns)
    for column in mapping.columns.values():
        if column not in there:
            raise InvalidInput("columns", column, "is not in the file", f"its columns are {', '.join(there)}")


def events(rows: Iterable[Row], mapping: TableMap) -> Iterator[Imported]:
    """An event, or a `Rejected` with line and reason, for every row."""
    kind = KINDS[mapping.kind]
    for row in rows:
        if row.broken:
            yield Rejected(row.raw, row.broken, line=row.line)
            continue
        try:
            yield _event(kind, row.cells, mapping)
        except msgspec.ValidationError as error:
            yield Rejected(row.raw, f"line {row.line}: {_said(error, mapping)}", line=row.line)
        except ValueError as error:
            yield Rejected(row.raw, f"line {row.line}: {error}", line=row.line)


def _event(kind: type[Event], cells: Mapping[str, Any], mapping: TableMap) -> AnyEvent:
    fields: dict[str, Any] = {"id": "-", **mapping.constants}
    for field, column in mapping.columns.items():
        cell = _plain(cells.get(column))
        if cell is None or cell == "":
            continue
        if field == "time":
            fields[field] = when(cell)
        elif field.startswith(CONTEXT):
            if (value := scalar(cell)) is not None:
                fields.setdefault("context", {})[field.removeprefix(CONTEXT)] = value
        elif field == "categories":
            fields[field] = _list(cell, mapping.separator)
        else:
            fields[field] = _id(cell) if field != "value" else cell
    if mapping.ids != "account" and (user := fields.pop("user", "")):
        fields |= of_kind(user, mapping.ids)
    spread = _SPREAD.get(mapping.kind)
    if spread and mapping.rest:
        used = set(mapping.columns.values())
        fields[spread] = {
            name: value for name, cell in cells.items() if name not in used and (value := scalar(cell)) is not None
        }
    event: AnyEvent = msgspec.convert(fields, kind, strict=False)  # type: ignore[assignment]
    if "id" not in mapping.columns:
        structs.force_setattr(event, "id", content_id(event))
    return event


def of_kind(name: str, kind: str) -> dict[str, str]:
    """Whose event it is, when a column holds ids of a kind.

    >>> of_kind("77", "loyalty"), of_kind("v-1", "anonymous")
    ({'user': 'loyalty:77'}, {'anonymous': 'v-1'})
    """
    if kind == "anonymous":
        return {"anonymous": name}
    return {"user": f"{kind}:{email_id(name) if kind == 'email' else name}"}


def when(cell: Any) -> int:
    """ms since 1970 of a number, a date or a text in ISO 8601; without an offset it is UTC. `ValueError` says the rule.

    >>> when("893250638"), when("893250638000"), when("1998-04-22 13:10:38")
    (893250638000, 893250638000, 893250638000)
    """
    if isinstance(cell, str):
        try:
            cell = float(cell)
        except ValueError:
            cell = _moment(cell.strip())
    elif isinstance(cell, date) and not isinstance(cell, datetime):
        cell = datetime(cell.year, cell.month, cell.day, tzinfo=UTC)
    if isinstance(cell, datetime):
        return round((cell if cell.tzinfo else cell.replace(tzinfo=UTC)).timestamp() * 1000)
    if isinstance(cell, bool) or not isinstance(cell, int | float) or not 0 <= cell < 1e15:
        raise ValueError("time: must be a date or a number since 1970")
    return round(cell * 1000) if cell < SECONDS_BELOW else round(cell)


def scalar(cell: Any) -> Scalar:
    """A cell as the value of a trait: numbers as numbers, the empty cell as None. Leading zeros make a text.

    >>> scalar("1995"), scalar("02134"), scalar("4.5"), scalar(" "), scalar("M")
    (1995, '02134', 4.5, None, 'M')
    """
    cell = _plain(cell)
    if isinstance(cell, list | tuple):
        return ", ".join(map(str, cell)) or None
    if not isinstance(cell, str):
        return cell if isinstance(cell, bool | int | float) or cell is None else str(cell)
    cell = cell.strip()
    if _NUMBER.fullmatch(cell):
        return float(cell) if "." in cell else int(cell)
    return cell or None


def _pairs(text: str) -> dict[str, str]:
    pairs = {}
    for part in text.split(","):
        field, equals, column = part.partition("=")
        if not equals or not field.strip() or not column.strip():
            raise InvalidInput("columns", part, "must be field=column", "e.g. user=userId,item=movieId")
        pairs[field.strip()] = column.strip()
    return pairs


def _plain(cell: Any) -> Any:
    """Databases have more types than JSON."""
    if isinstance(cell, Decimal):
        return float(cell)
    if isinstance(cell, float) and cell != cell:
        return None
    return cell


def _id(cell: Any) -> Any:
    """An id, title or number as text; `msgspec.convert` makes a number of it where the field is one."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)  # pandas writes a column of ids with a gap as 1.0, 2.0
    return str(cell)


def _list(cell: Any, separator: str) -> tuple[str, ...]:
    parts = cell if isinstance(cell, list | tuple) else str(cell).split(separator)
    return tuple(part for one in parts if (part := str(one).strip()))


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("time: must be a date as in ISO 8601 or a number since 1970") from None


def _said(error: msgspec.ValidationError, mapping: TableMap) -> str:
    """msgspec's words with the column instead of its path."""
    text, _, path = str(error).partition(" - at `$.")
    missing = "Object missing required field `"
    if text.startswith(missing):
        field = text[len(missing) : -1]
        return f"{mapping.columns.get(field, field)}: is empty or not mapped"
    field = path.strip("`").partition("[")[0]
    return f"{mapping.columns.get(field, field)}: {text[:1].lower()}{text[1:]}"
