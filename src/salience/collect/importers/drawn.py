"""A Parquet file drawn by DuckDB as rows that are finished but for the stamp: the shortest way of a table into the log.

What `columns` asks of a column and how it puts the JSON together is said here as one query, so that a row costs no
object of its own on the way. A row in which anything is out of the ordinary comes without a ``head``: its block then
goes the long way. A test holds the ways against each other, byte for byte.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from salience.collect.columns import BOUNDS, RESERVED, SHORT_WAY, constant
from salience.collect.identity import LONGEST, NOBODY, NOBODY_IN_PARTICULAR
from salience.collect.importers.table import KINDS, SECONDS_BELOW, TableMap
from salience.events import ANONYMOUS

_WHOLE = frozenset(f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "BIG")) | {
    "INTEGER",
    "UINTEGER",
}
_REAL = frozenset({"FLOAT", "DOUBLE"})
_MOMENTS = frozenset({"DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_MS", "TIMESTAMP_S"})
_TEXTS = ("id", "user", "anonymous", "session", "item", "order", "channel")
_REALS = ("value", "quantity", "price")
_COUNTS = ("dwell_ms", "position", "visible_ms")
_PLAINLY = 1e9
"""Numbers from a thousandth to this are written alike everywhere, without an exponent."""


class _Other(Exception):  # noqa: N818 - it says which way to go
    """This table is not for this way."""


def query(mapping: TableMap, types: Mapping[str, str]) -> str | None:
    """A query over ``read_parquet(?)`` for (id, person, time, head), or None where the table has to go another way.

    ``types``: column -> DuckDB's type.
    """
    try:
        return _query(mapping, types)
    except _Other:
        return None


def _query(mapping: TableMap, types: Mapping[str, str]) -> str:
    fields = dict(mapping.columns)
    if mapping.kind not in SHORT_WAY or "time" not in fields or "item" not in fields or mapping.ids == "email":
        raise _Other
    if not {"user", "anonymous"} & fields.keys():
        raise _Other
    constants = {field: constant(field, value, mapping.kind) for field, value in mapping.constants.items()}
    values, asked = {}, []
    for field, column in fields.items():
        values[field], rule = _value(field, quoted(column), types[column], mapping)
        asked.append(rule)
    if mapping.ids == "anonymous":
        values["anonymous"] = values.pop("user")
    elif mapping.ids != "account":
        values["user"] = f"{_text(mapping.ids + ':')} || {values['user']}"
    shown = {field: _shown(field, f"v_{field}") for field in values if field != "id"} | {
        field: [_text(said)] for field, said in constants.items()
    }
    drawn = ", ".join(f'{value} AS "v_{field}"' for field, value in values.items())
    person = "v_user" if "user" in values else f"{_text(ANONYMOUS)} || v_anonymous"
    own = "v_id" if "id" in values else _content_id(mapping.kind, shown)
    parts = [_text(f'{{"kind":"{mapping.kind}"')]
    for field in KINDS[mapping.kind].__struct_fields__:
        if field == "id":
            parts += _shown("id", "own")
        elif field in shown:
            parts += shown[field]
    return (
        f"SELECT own, {person}, v_time, CASE WHEN fits THEN encode({_joined(parts)}) END"  # noqa: S608 - names are quoted
        f" FROM (SELECT *, {own} AS own FROM"
        f" (SELECT {drawn}, {' AND '.join(asked)} AS fits FROM read_parquet(?)))"
    )


def _value(field: str, name: str, kind: str, mapping: TableMap) -> tuple[str, str]:
    """The value of a field as SQL, and what must hold of it."""
    if field in _TEXTS and (kind == "VARCHAR" or kind in _WHOLE):
        return _string(field, name if kind == "VARCHAR" else f"CAST({name} AS VARCHAR)")
    if field == "time" and kind in _WHOLE:
        value = f"CASE WHEN {name} < {SECONDS_BELOW} THEN CAST({name} AS BIGINT) * 1000 ELSE CAST({name} AS BIGINT) END"
        return value, f"{name} BETWEEN 1 AND {10**15 - 1}"
    if field == "time" and kind in _MOMENTS:
        return f"epoch_ms({name})", f"epoch_us({name}) % 1000 = 0 AND epoch_ms({name}) BETWEEN 1 AND {10**15 - 1}"
    if field in _REALS and (kind in _REAL or kind in _WHOLE):
        low, high = BOUNDS[field] if field != "value" else _scale(mapping)
        value = f"CAST({name} AS DOUBLE)"
        near = f"({value} = 0 OR abs({value}) >= 0.001)"
        return value, f"{value} BETWEEN {low!r} AND {min(high, _PLAINLY)!r} AND {near}"
    if field in _COUNTS and kind in _WHOLE:
        low, high = BOUNDS[field]
        return f"CAST({name} AS BIGINT)", f"{name} BETWEEN {low} AND {high}"
    raise _Other


def _string(field: str, value: str) -> tuple[str, str]:
    """Of printable ASCII without space, quotation mark and backslash; not a missing id in disguise."""
    nobody = NOBODY | NOBODY_IN_PARTICULAR if field in ("user", "anonymous") else NOBODY
    rule = f"regexp_full_match({value}, '[!#-\\[\\]-~]+') AND length({value}) <= {LONGEST - 16}"
    rule += f" AND lower({value}) NOT IN ({', '.join(map(_text, sorted(nobody)))})"
    if field == "user":
        rule += "".join(f" AND NOT starts_with({value}, {_text(prefix)})" for prefix in RESERVED)
    return value, rule


def _scale(mapping: TableMap) -> tuple[float, float]:
    if {"low", "high"} & mapping.columns.keys():
        raise _Other
    low, high = float(mapping.constants.get("low", 1.0)), float(mapping.constants.get("high", 5.0))
    if not low < high:
        raise _Other
    return max(low, -_PLAINLY), high


def _shown(field: str, value: str) -> list[str]:
    """``,"field":value`` as pieces of SQL, to be joined; counts of 0 are left out, as msgspec does."""
    if field in _TEXTS:
        return [_text(f',"{field}":"'), value, _text('"')]
    said = [_text(f',"{field}":'), f"CAST({value} AS VARCHAR)"]
    return [f"CASE WHEN {value} <> 0 THEN {_joined(said)} END"] if field in _COUNTS else said


def _joined(parts: list[str]) -> str:
    """One text of many, in one go. What is NULL is left out; a row with such a value does not fit."""
    return f"concat({', '.join(parts)})"


def _content_id(kind: str, shown: dict[str, list[str]]) -> str:
    """As `identity.made_id` of the JSON with its names in order of the alphabet, the id left open."""
    fixed = {"id": [_text(',"id":"-"')], "kind": [_text(f',"kind":"{kind}"')]}
    parts = [part for name in sorted([*shown, *fixed]) for part in (shown | fixed)[name]]
    said = f"concat('{{', substring({_joined(parts)}, 2), '}}')"
    return f"concat('c-', printf('%011x', v_time), sha256({said})[1:29])"


def _text(value: Any) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def quoted(column: str) -> str:
    """A column's name in a query."""
    return '"' + column.replace('"', '""') + '"'
