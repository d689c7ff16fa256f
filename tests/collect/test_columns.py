"""The short way of a table against the long one: the same rows, byte for byte, or no short way at all."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zlib import crc32

import msgspec
import pytest

from salience.collect.accept import accept
from salience.collect.columns import SHORT_WAY, Block, judged
from salience.collect.importers.table import Row, TableMap, events, table_map
from salience.events.written import Written

NOW = 1_800_000_000_000
PEOPLE, ITEMS, TIMES = ["ann", "bob", "ann"], ["tea", "milk-2", "a|b"], [1_700_000_000, 1_700_000_001_500, 0.5e9]
WHOLE: dict[str, list[Any]] = {"u": PEOPLE, "i": ITEMS, "t": TIMES}


def block(columns: dict[str, list[Any]]) -> Block:
    size = len(next(iter(columns.values())))
    made = [{name: column[at] for name, column in columns.items()} for at in range(size)]
    return Block(columns, lambda: (Row(at, cells, b"") for at, cells in enumerate(made, 1)), size)


def short_way(columns: dict[str, list[Any]], mapping: TableMap) -> list[Written]:
    found = judged(block(columns), mapping, now=NOW, source="file.csv")
    assert found is not None
    return list(found)


def long_way(columns: dict[str, list[Any]], mapping: TableMap) -> list[Written]:
    done = accept(list(events(block(columns).rows(), mapping)), now=NOW, source="file.csv")
    assert not done.failed
    rows = [(e.id, e.kind, e.subject, e.time, msgspec.json.encode(e)) for e in done.events]
    return [Written(*row, crc32(row[-1])) for row in rows]


@pytest.mark.parametrize(
    ("kind", "mapped", "more"),
    [
        ("click", "user=u,item=i,time=t", {}),
        ("view", "user=u,item=i,time=t,dwell_ms=d", {"d": [0, 10, 2_000]}),
        ("share", "anonymous=u,item=i,session=s", {"s": ["s1", "s1", "s2"]}),
        (
            "purchase",
            "user=u,item=i,time=t,quantity=q,price=p,order=o",
            {"q": [1, 2, 1], "p": [0, 4.5, 1e3], "o": [7, 7, 8]},
        ),
        ("cart", "user=u,item=i,price=p", {"p": ["1.50", " 2", "3e2"]}),
        ("rating", "user=u,item=i,time=t,value=v", {"v": [1, 4.5, 5]}),
        ("impression", "user=u,item=i,time=t,position=p,visible_ms=v", {"p": [0, 1, 2], "v": [900, 0, 1_000]}),
        ("click", "id=k,user=u,item=i,time=t", {"k": ["e-1", "e-2", "e-3"]}),
        ("click", "user=n,item=i,time=w", {"n": [1, 2, 3], "w": [datetime(2024, 2, 29, tzinfo=UTC)] * 3}),
    ],
)
def test_both_ways_give_the_same_bytes(kind: str, mapped: str, more: dict[str, list[Any]]) -> None:
    mapping = table_map(kind, mapped)
    assert short_way(WHOLE | more, mapping) == long_way(WHOLE | more, mapping)


@pytest.mark.parametrize("ids", ["anonymous", "device", "loyalty"])
def test_a_column_of_cards_or_visitors_goes_the_short_way_too(ids: str) -> None:
    mapping = table_map("purchase", "user=u,item=i,time=t", ids=ids)
    assert short_way(WHOLE, mapping) == long_way(WHOLE, mapping)


def test_a_scale_of_ones_own_is_kept() -> None:
    mapping = table_map("rating", "user=u,item=i,value=v", constants={"low": 0.0, "high": 10.0})
    columns = WHOLE | {"v": ["0", "7.5", "10"]}
    assert short_way(columns, mapping) == long_way(columns, mapping)


@pytest.mark.parametrize(
    ("field", "column"),
    [
        ("u", ["ann", "", "bob"]),
        ("u", ["ann", None, "bob"]),
        ("u", ["ann", "anon:7", "bob"]),
        ("u", ["ann", "source:7", "bob"]),
        ("u", ["ann", "null", "bob"]),
        ("u", ["ann", "N/A", "bob"]),
        ("u", ["ann", 'b"b', "bob"]),
        ("u", ["ann", "b\\b", "bob"]),
        ("u", ["ann", "Zoë", "bob"]),
        ("u", ["ann", "b\x00", "bob"]),
        ("u", ["ann", "b" * 300, "bob"]),
        ("u", ["ann", 7, "bob"]),
        ("u", [True, False, True]),
        ("i", ["tea", " ", "tea"]),
        ("t", [1, 2, NOW + 2 * 86_400_000]),
        ("t", [1, 2, -5]),
        ("t", [1, "yesterday", 2]),
        ("t", [1, None, 2]),
        ("v", [1, 9, 3]),
        ("v", [1, float("nan"), 3]),
        ("v", [1, "x", 3]),
        ("v", [1, True, 3]),
        ("v", [1, None, 3]),
    ],
)
def test_anything_out_of_the_ordinary_goes_the_long_way(field: str, column: list[Any]) -> None:
    mapping = table_map("rating", "user=u,item=i,time=t,value=v")
    columns = WHOLE | {"v": [1, 2, 3]}
    assert judged(block(columns), mapping, now=NOW, source="f") is not None
    assert judged(block(columns | {field: column}), mapping, now=NOW, source="f") is None


def test_what_is_known_of_the_moment_goes_the_long_way() -> None:
    mapping = table_map("click", "user=u,item=i,time=t,context.device=d")
    assert judged(block(WHOLE | {"d": ["phone"] * 3}), mapping, now=NOW, source="f") is None


def test_kinds_with_personal_fields_have_no_short_way() -> None:
    assert SHORT_WAY.isdisjoint({"search", "message", "identify", "action", "page", "consent", "alias"})
    assert judged(block(WHOLE), table_map("search", "user=u,query=i"), now=NOW, source="f") is None
    assert judged(block(WHOLE), table_map("click", "user=u,item=i"), now=NOW, source='f"') is None
