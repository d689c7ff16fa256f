"""Whole columns judged at once: the short way of a table into the log. Pure.

A row of a large table costs little more than its JSON here: what the rules ask of each value is asked of a column, and
the JSON is put together from columns of fragments. Only what surely passes every rule unchanged goes this way; a block
with anything else in it goes the long way, row by row (`table.events`, then `accept`), which gives the same events. A
test holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice, repeat
from operator import methodcaller
from typing import Any, NamedTuple, TypeAlias, get_type_hints
from zlib import crc32

import msgspec

from salience.collect.identity import LONGEST, NOBODY_IN_PARTICULAR, made_id, ordinary
from salience.collect.importers.table import KINDS, SECONDS_BELOW, Imported, Row, TableMap, events, when
from salience.collect.times import DAY_MS
from salience.events import ANONYMOUS, EXPERIMENT, SOURCE, AnyEvent
from salience.events.written import Packed

Column = Sequence[Any]

SHORT_WAY = frozenset({"view", "click", "cart", "purchase", "rating", "share", "impression"})
"""Kinds without personal fields and without rules between their fields, but for the scale of a rating."""

_TEXTS = frozenset({"id", "user", "anonymous", "session", "decision", "slot", "item", "order", "channel"})
_NUMBERS = frozenset({"value", "low", "high", "quantity", "price", "dwell_ms", "position", "visible_ms"})
BOUNDS = {"quantity": (5e-324, 1e6), "price": (0.0, 1e12), "dwell_ms": (0, 2**62), "position": (0, 2**62)} | {
    "visible_ms": (0, 86_400_000)
}
"""What the numbers of these kinds may be, as their annotations say."""

RESERVED = (ANONYMOUS, SOURCE, EXPERIMENT)
"""How the id of no user may begin."""

_reserved = methodcaller("startswith", RESERVED)
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(AnyEvent).decode


class Block(NamedTuple):
    """Some rows of a table, column by column; ``rows`` makes them one by one where that is needed."""

    columns: Mapping[str, Column]
    rows: Callable[[], Iterator[Row]]
    size: int


class Drawn(NamedTuple):
    """Rows that lack nothing but the stamp: ``heads`` is their JSON up to it, None where a row is out of the ordinary.

    ``rows`` makes all of them one by one where that is needed.
    """

    ids: Sequence[str]
    people: Sequence[str]
    times: Sequence[int]
    heads: Sequence[bytes | None]
    rows: Callable[[], Iterator[Row]]


class Ready(NamedTuple):
    """A block that was judged elsewhere: its ``rows`` as they are stored, or ``others``, which go the long way."""

    rows: Packed | None
    others: list[Imported]

    def imported(self) -> list[Imported]:
        """All of it for the long way."""
        return self.others if self.rows is None else list(map(_decode, self.rows.column("body")))


class Lost(Exception):  # noqa: N818 - it says what became of the one who reads
    """Whoever read elsewhere is gone."""


Aside: TypeAlias = Callable[[Iterator[Block | Drawn], Callable[[], int], str], Iterator[Block | Drawn | Ready]]
"""Given blocks, the clock and the name of their source: some of the first of these blocks, then the rest of them as
they were judged elsewhere. Raises `Lost` where it cannot go on."""


class Blocks:
    """A table that is read block by block, and which of its columns is which field. Iterating goes the long way."""

    def __init__(self, mapping: TableMap, blocks: Iterator[Block | Drawn]) -> None:
        self.mapping, self.blocks = mapping, blocks
        self.aside: Aside | None = None

    def each(self, now: Callable[[], int], source: str) -> Iterator[Block | Drawn | Ready]:
        """Block after block; whatever becomes of ``aside``, each comes once."""
        elsewhere = 0
        if self.aside is not None:
            try:
                for block in self.aside(self.blocks, now, source):
                    elsewhere += isinstance(block, Ready)
                    yield block
            except Lost:
                pass
            else:
                return
        yield from islice(self.blocks, elsewhere, None)

    def __iter__(self) -> Iterator[Imported]:
        return (event for block in self.blocks for event in events(block.rows(), self.mapping))


class _Long(Exception):  # noqa: N818 - it says which way to go
    """The block must go the long way."""


def judged(block: Block | Drawn, mapping: TableMap, *, now: int, source: str) -> Packed | None:
    """The events of a block as they are stored, or None if it must go the long way.

    >>> from salience.collect.importers.table import table_map
    >>> block = Block({"u": ["ann"], "i": ["tea"], "t": [5]}, lambda: iter(()), 1)
    >>> judged(block, table_map("click", "user=u,item=i,time=t"), now=9_000, source="x")[0].body[-54:]
    b'"user":"ann","time":5000,"received":9000,"source":"x"}'
    """
    if isinstance(block, Drawn):
        return _stamped(block, mapping.kind, now, source)
    if mapping.kind not in SHORT_WAY or not block.size:
        return None
    try:
        return _written(block, mapping, now, source)
    except (_Long, ValueError, OverflowError, TypeError):  # whatever it is, the long way has the words for it
        return None


def _stamped(drawn: Drawn, kind: str, now: int, source: str) -> Packed | None:
    if None in drawn.heads or not _sayable(source) or max(drawn.times) > now + DAY_MS:
        return None
    behind = f',"received":{now},"source":"{source}"}}'.encode()
    bodies = [head + behind for head in drawn.heads if head is not None]
    return Packed.of(zip(drawn.ids, repeat(kind), drawn.people, drawn.times, bodies, map(crc32, bodies), strict=False))


def _sayable(source: str) -> bool:
    return ordinary([source]) and '"' not in source and "\\" not in source


def constant(field: str, value: Any, kind: str) -> str:
    """``,"field":value`` for a value that is the same in every row; `ValueError` if the field does not take it."""
    try:
        return _fragments(field, _checked(field, [value], KINDS[kind]), KINDS[kind])[0]
    except _Long:
        raise ValueError(field) from None


def _written(block: Block, mapping: TableMap, now: int, source: str) -> Packed:
    kind, fields = KINDS[mapping.kind], dict(mapping.columns)
    if not {"user", "anonymous"} & fields.keys() or "item" not in fields or not _sayable(source):
        raise _Long
    columns: dict[str, Column] = {}
    for field, name in fields.items():
        columns[field] = _checked(field, block.columns[name], kind)
    columns |= {field: _checked(field, [value] * block.size, kind) for field, value in mapping.constants.items()}
    if mapping.ids != "account" and "user" in columns:
        _renamed(columns, mapping.ids)
    _whole(columns, now)
    shown = {field: _fragments(field, column, kind) for field, column in columns.items() if field != "id"}
    ids = columns.get("id") or _content_ids(mapping.kind, shown, columns.get("time") or [0] * block.size)
    times: Column = columns.get("time") or [now] * block.size
    shown["time"] = _fragments("time", times, kind)
    shown["id"] = _fragments("id", ids, kind)
    order = [field for field in kind.__struct_fields__ if field in shown or field in ("received", "source")]
    ours = {"received": f',"received":{now}', "source": f',"source":"{source}"'}
    parts = [repeat(ours[field]) if field in ours else shown[field] for field in order]
    people: Column = columns.get("user") or [ANONYMOUS + name for name in columns["anonymous"]]
    bodies = map("".join, zip(repeat(f'{{"kind":"{mapping.kind}"'), *parts, repeat("}")))
    encoded = [body.encode() for body in bodies]
    return Packed.of(zip(ids, repeat(mapping.kind), people, times, encoded, map(crc32, encoded), strict=False))


def _checked(field: str, column: Column, kind: type) -> Column:
    """The column as the event's field has it; `_Long` for anything out of the ordinary."""
    types = set(map(type, column))
    if field in _TEXTS:
        return _names(field, column, types)
    if field == "time":
        if types == {int} and min(column) >= 0 and max(column) < 10**15:
            return [time * 1000 if time < SECONDS_BELOW else time for time in column]
        return [when(cell) for cell in column]
    if field not in _NUMBERS or bool in types or not types <= {int, float, str}:
        raise _Long
    try:
        wanted: Any = list[get_type_hints(kind, include_extras=True)[field]]  # type: ignore[misc]
        found: Column = msgspec.convert(
            list(map(str.strip, column)) if types == {str} else column, wanted, strict=False
        )
    except msgspec.ValidationError:
        raise _Long from None
    return found


def _names(field: str, column: Column, types: set[type]) -> Column:
    if types == {int}:
        column = list(map(str, column))
    elif types != {str}:
        raise _Long
    joined = "".join(column)
    if not ordinary(column) or '"' in joined or "\\" in joined or max(map(len, column)) > LONGEST - 16:
        raise _Long
    if not all(column) or (field == "user" and any(map(_reserved, column))):
        raise _Long
    if field in ("user", "anonymous") and not NOBODY_IN_PARTICULAR.isdisjoint(map(str.lower, column)):
        raise _Long
    return column


def _renamed(columns: dict[str, Column], ids: str) -> None:
    """A column of users that holds ids of another kind."""
    if ids == "email":
        raise _Long
    names = columns.pop("user")
    if ids == "anonymous":
        columns["anonymous"] = names
    else:
        columns["user"] = [f"{ids}:{name}" for name in names]


def _whole(columns: Mapping[str, Column], now: int) -> None:
    """What is asked of a row as a whole: a time that is not ahead, a grade on its scale."""
    if "time" in columns and not 0 < min(columns["time"]) <= max(columns["time"]) <= now + DAY_MS:
        raise _Long
    if "value" in columns:
        low, high = columns.get("low", (1.0,)), columns.get("high", (5.0,))
        if not max(low) < min(high) or not max(low) <= min(columns["value"]) <= max(columns["value"]) <= min(high):
            raise _Long
        if any(value != value for value in columns["value"]):
            raise _Long


def _fragments(field: str, column: Column, kind: type) -> list[str]:
    """``,"field":value`` for each row, nothing where msgspec leaves the field out: where it *is* the default object."""
    if field in _TEXTS:
        return [f',"{field}":"{value}"' for value in column]
    if field == "time":
        return [f',"time":{value}' for value in column]
    said = _encode(column).decode()[1:-1].split(",")
    default = dict(zip(reversed(kind.__struct_fields__), reversed(kind.__struct_defaults__), strict=False)).get(field)  # type: ignore[attr-defined]
    return ["" if value is default else f',"{field}":{text}' for value, text in zip(column, said, strict=True)]


def _content_ids(kind: str, shown: Mapping[str, list[str]], times: Column) -> list[str]:
    """As `identity.content_id`: the JSON with its names in order of the alphabet, the id left open."""
    names = sorted([*shown, "id", "kind"])
    fixed = {"id": ',"id":"-"', "kind": f',"kind":"{kind}"'}
    parts = [repeat(fixed[name]) if name in fixed else shown[name] for name in names]
    said = map("".join, zip(*parts))  # noqa: B905 - some parts repeat for ever; that of the item ends it
    return [made_id(time, f"{{{text[1:]}}}".encode()) for time, text in zip(times, said, strict=True)]
