"""The drawn rows of a Parquet file against the long way: the same rows, byte for byte, or the long way itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zlib import crc32

import duckdb
import msgspec
import numpy as np
import pytest

from salience.collect.accept import accept
from salience.collect.columns import Drawn, judged
from salience.collect.importers.drawn import query
from salience.collect.importers.parquet import drawn_blocks, read_parquet
from salience.collect.importers.table import TableMap, table_map
from salience.events.written import Written

NOW = 1_800_000_000_000
BASE = "'u' || (i % 7) AS u, 'item-' || (i % 11) AS i, 1700000000000 + i * 1000 AS t"


def parquet(folder: Path, columns: str, rows: int = 5_000) -> Path:
    path = folder / "table.parquet"
    duckdb.execute(f"COPY (SELECT {columns} FROM range({rows}) AS r (i)) TO '{path}' (FORMAT parquet)")  # noqa: S608
    return path


def drawn(path: Path, mapping: TableMap) -> list[Drawn]:
    found = drawn_blocks(path, mapping, None)
    assert found is not None
    return list(found)


def long_way(path: Path, mapping: TableMap) -> list[Written]:
    done = accept(list(read_parquet(path, mapping)), now=NOW, source="f.parquet")
    assert not done.failed
    rows = [(e.id, e.kind, e.subject, e.time, msgspec.json.encode(e)) for e in done.events]
    return [Written(*row, crc32(row[-1])) for row in rows]


def short_way(path: Path, mapping: TableMap) -> list[Written]:
    found: list[Written] = []
    for block in drawn(path, mapping):
        rows = judged(block, mapping, now=NOW, source="f.parquet")
        assert rows is not None
        assert all(type(row) is Written for row in rows)
        found += rows
    return found


@pytest.mark.parametrize(
    ("kind", "mapped", "more", "options"),
    [
        ("click", "user=u,item=i,time=t", "", {}),
        ("click", "user=n,item=m,time=s", "i + 1 AS n, CAST(i AS UINTEGER) AS m, 1700000000 + i AS s", {}),
        ("click", "user=u,item=i,time=w", "TIMESTAMP '2024-02-29' + to_milliseconds(i) AS w", {}),
        ("click", "user=u,item=i,time=w", "TIMESTAMPTZ '2024-02-29 00:00:00+02' + to_seconds(i) AS w", {}),
        ("click", "user=u,item=i,time=w", "DATE '2020-01-01' + CAST(i % 900 AS INTEGER) AS w", {}),
        ("share", "anonymous=u,item=i,time=t,session=s,channel=u", "'s' || i AS s", {}),
        ("view", "user=u,item=i,time=t,dwell_ms=d", "i % 3 AS d", {}),
        ("view", "user=u,anonymous=a,item=i,time=t", "'v|' || i AS a", {}),
        ("impression", "user=u,item=i,time=t,position=p,visible_ms=v", "i % 3 AS p, i AS v", {}),
        ("purchase", "user=u,item=i,time=t,quantity=q,price=p,order=i", "1 + i % 2 AS q, i / 8 AS p", {}),
        ("cart", "user=u,item=i,time=t,quantity=q", "CAST(1 + i / 3 AS FLOAT) AS q", {}),
        ("rating", "user=u,item=i,time=t,value=v", "1 + (i % 9) / 2 AS v", {}),
        ("rating", "user=u,item=i,time=t,value=v", "i % 11 AS v", {"constants": {"low": 0.0, "high": 10.0}}),
        ("click", "id=k,user=u,item=i,time=t", "'k' || i AS k", {}),
        ("click", "user=u,item=i,time=t", "", {"ids": "anonymous"}),
        ("purchase", "user=n,item=i,time=t", "100 + i AS n", {"ids": "loyalty"}),
    ],
)
def test_both_ways_give_the_same_bytes(
    tmp_path: Path, kind: str, mapped: str, more: str, options: dict[str, Any]
) -> None:
    mapping = table_map(kind, mapped, **options)
    path = parquet(tmp_path, ", ".join(filter(None, (BASE, more))))
    assert short_way(path, mapping) == long_way(path, mapping)


def test_numbers_are_written_alike(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    prices = np.concatenate(
        (rng.uniform(0, 1e3, 3_000), 10 ** rng.uniform(-3, 8.9, 3_000), np.round(rng.uniform(0, 99, 900), 2))
    )
    path = tmp_path / "table.parquet"
    duckdb.execute("CREATE OR REPLACE TEMP TABLE p AS SELECT unnest(?::DOUBLE[]) AS p", [prices.tolist()])
    numbered = "SELECT p, row_number() OVER () AS i FROM p"
    duckdb.execute(f"COPY (SELECT {BASE}, p FROM ({numbered})) TO '{path}'")  # noqa: S608
    mapping = table_map("purchase", "user=u,item=i,time=t,price=p")
    assert short_way(path, mapping) == long_way(path, mapping)


@pytest.mark.parametrize(
    ("column", "odd"),
    [
        ("u", "NULL"),
        ("u", "''"),
        ("u", "' '"),
        ("u", "'Ann Lee'"),
        ("u", "'Null'"),
        ("u", "'FALSE'"),
        ("u", "'-1'"),
        ("u", "'anon:x'"),
        ("u", "'experiment:x'"),
        ("u", "'a' || chr(34)"),
        ("u", "'a' || chr(92)"),
        ("u", "'a' || chr(10)"),
        ("u", "'Zoë'"),
        ("u", "repeat('x', 241)"),
        ("i", "'undefined'"),
        ("i", "NULL"),
        ("t", "0"),
        ("t", "-5"),
        ("t", "NULL"),
        ("t", "1000000000000000"),
        ("v", "6"),
        ("v", "0.5"),
        ("v", "'nan'::DOUBLE"),
        ("v", "NULL"),
    ],
)
def test_one_odd_row_sends_its_block_the_long_way_and_no_other(tmp_path: Path, column: str, odd: str) -> None:
    usual = {"u": "'u' || i", "i": "'i' || i", "t": "1700000000000 + i", "v": "1.5::DOUBLE"}
    usual[column] = f"CASE WHEN i = 2500 THEN {odd} ELSE {usual[column]} END"
    path = parquet(tmp_path, ", ".join(f"{value} AS {name}" for name, value in usual.items()) + ", 'x' AS more")
    mapping = table_map("rating", "user=u,item=i,time=t,value=v")
    blocks = drawn(path, mapping)
    went = [judged(block, mapping, now=NOW, source="f.parquet") is not None for block in blocks]
    assert went == [True, False, True]
    again = list(blocks[1].rows())
    assert [row.line for row in again] == list(range(2_001, 4_001))
    assert again[500].cells["more"] == "x"
    assert again[0].cells == {"u": "u2000", "i": "i2000", "t": 1_700_000_002_000, "v": again[0].cells["v"], "more": "x"}


def test_rows_from_the_future_go_the_long_way(tmp_path: Path) -> None:
    path = parquet(tmp_path, BASE, rows=3)
    (block,) = drawn(path, table_map("click", "user=u,item=i,time=t"))
    assert judged(block, table_map("click", "user=u,item=i,time=t"), now=1_600_000_000_000, source="x") is None
    assert judged(block, table_map("click", "user=u,item=i,time=t"), now=NOW, source='x"') is None


@pytest.mark.parametrize(
    ("kind", "mapped", "types", "options"),
    [
        ("search", "user=u,query=i,time=t", {}, {}),
        ("click", "user=u,item=i", {}, {}),
        ("click", "user=u,item=i,time=t", {"t": "DOUBLE"}, {}),
        ("click", "user=u,item=i,time=t", {"u": "BLOB"}, {}),
        ("click", "user=u,item=i,time=t,decision=d", {}, {}),
        ("click", "user=u,item=i,time=t", {}, {"ids": "email"}),
        ("rating", "user=u,item=i,time=t,value=d,low=d", {"d": "DOUBLE"}, {}),
        ("purchase", "user=u,item=i,time=t,price=d", {"d": "DECIMAL(9,2)"}, {}),
    ],
)
def test_other_tables_are_not_drawn(kind: str, mapped: str, types: dict[str, str], options: dict[str, Any]) -> None:
    known = {"u": "VARCHAR", "i": "VARCHAR", "t": "BIGINT", "d": "VARCHAR"} | types
    assert query(table_map(kind, mapped, **options), known) is None


def test_names_of_columns_are_names_and_nothing_else(tmp_path: Path) -> None:
    path = parquet(
        tmp_path, """'u' || i AS "a""; DROP TABLE x; --", 'i' || i AS "i'", 1700000000000 + i AS t""", rows=3
    )
    mapping = TableMap(kind="click", columns={"user": 'a"; DROP TABLE x; --', "item": "i'", "time": "t"})
    assert short_way(path, mapping) == long_way(path, mapping)


@pytest.mark.parametrize("price", ["1e-5", "1e10", "'inf'::DOUBLE", "-1.0"])
def test_numbers_that_are_written_in_several_ways_go_the_long_way(tmp_path: Path, price: str) -> None:
    mapping = table_map("purchase", "user=u,item=i,time=t,price=p")
    (block,) = drawn(parquet(tmp_path, f"{BASE}, {price}::DOUBLE AS p", rows=3), mapping)
    assert judged(block, mapping, now=NOW, source="f.parquet") is None
