"""Parquet through DuckDB: the same events as from CSV."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from salience.collect.importers.delimited import read_csv
from salience.collect.importers.parquet import drawn_blocks, read_parquet
from salience.collect.importers.table import table_map
from salience.events import InvalidInput, Item, NotFound

RATINGS = """SELECT 'u' || (n % 7) AS user, n AS item, (n % 5 + 1)::DECIMAL(3, 1) AS value,
    TIMESTAMP '2024-01-01' + to_seconds(n) AS time FROM range(12000) AS t(n)"""


def copied(path: Path, sql: str) -> Path:
    duckdb.sql(f"COPY ({sql}) TO '{path}'")
    return path


def test_parquet_and_csv_give_the_same_events(tmp_path: Path) -> None:
    mapping = table_map("rating", "user=user,item=item,value=value,time=time")
    seen: list[tuple[int, int]] = []
    parquet = copied(tmp_path / "r.parquet", RATINGS)
    found = list(read_parquet(parquet, mapping, progress=lambda done, total: seen.append((done, total))))
    assert len(found) == 12_000
    assert found == list(read_csv(copied(tmp_path / "r.csv", RATINGS), mapping))
    assert seen[-1] == (parquet.stat().st_size, parquet.stat().st_size)
    assert len(seen) == 6


def test_lists_become_categories_and_other_types_attributes(tmp_path: Path) -> None:
    sql = "SELECT 1 AS id, ['a', 'b'] AS tags, DATE '2024-01-02' AS born, 1.5::DOUBLE AS weight, NULL AS nothing"
    item = next(read_parquet(copied(tmp_path / "i.parquet", sql), table_map("item", "item=id,categories=tags")))
    assert isinstance(item, Item)
    assert item.categories == ("a", "b")
    assert item.attributes == {"born": "2024-01-02", "weight": 1.5}


def test_what_is_known_of_the_moment_is_kept(tmp_path: Path) -> None:
    mapping = table_map("rating", "user=user,item=item,value=value,time=time,context.device=device")
    path = copied(tmp_path / "r.parquet", RATINGS.replace("FROM", ", 'phone' AS device FROM", 1))
    assert all(event.context == {"device": "phone"} for event in read_parquet(path, mapping))  # type: ignore[union-attr]
    assert drawn_blocks(path, mapping, None) is None  # the quick way of a Parquet file leaves it to the long one


def test_what_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    mapping = table_map("click", "user=user,item=product")
    with pytest.raises(InvalidInput, match="columns = 'product': is not in the file; its columns are user, item"):
        read_parquet(copied(tmp_path / "r.parquet", RATINGS), mapping)
    (tmp_path / "no.parquet").write_text("user,item\n")
    with pytest.raises(InvalidInput, match="is not Parquet"):
        read_parquet(tmp_path / "no.parquet", mapping)
    with pytest.raises(NotFound):
        read_parquet(tmp_path / "none.parquet", mapping)
