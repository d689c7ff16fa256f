"""Every kind of table gives the same interactions; what cannot be read says why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

from salience.events import InvalidInput, NotFound
from salience.events.interactions import Interactions

COLUMNS: dict[str, list[Any]] = {
    "u": ["ann", "bob", "ann"],
    "i": [7, 8, 8],
    "stars": [1, 5, 3],
    "t": [datetime(2020, 1, 1), datetime(2020, 1, 2), datetime(2020, 1, 3, 12)],  # noqa: DTZ001 - naive is the point
}


def duck(columns: dict[str, list[Any]]) -> Any:
    table = pl.DataFrame(columns)
    names = ", ".join(f'"{name}"' for name in table.columns)
    rows = ", ".join("(" + ", ".join(_sql(v) for v in row) + ")" for row in table.iter_rows())
    return duckdb.connect(":memory:").sql(f"select * from (values {rows}) as t({names})")  # noqa: S608 - own values


def _sql(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, datetime):
        return f"timestamp '{value.isoformat(sep=' ')}'"
    return repr(value)


KINDS: dict[str, Callable[[dict[str, list[Any]]], Any]] = {
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "polars lazy": pl.LazyFrame,
    "duckdb": duck,
}


@pytest.fixture(params=KINDS)
def table(request: pytest.FixtureRequest) -> Callable[[dict[str, list[Any]]], Any]:
    return KINDS[request.param]


def read(frame: Any, **names: Any) -> Interactions:
    return Interactions.from_frame(frame, **({"user": "u", "item": "i", "value": "stars", "time": "t"} | names))


def one_column(column: str, values: list[Any]) -> dict[str, list[Any]]:
    return {"u": ["a"] * len(values), "i": ["x"] * len(values)} | {column: values}


def test_every_table_reads_the_same(table: Callable[[dict[str, list[Any]]], Any]) -> None:
    data = read(table(COLUMNS))
    assert data.users.names == ("ann", "bob")
    assert data.items.names == ("7", "8")
    assert data.user.tolist() == [0, 1, 0]
    assert data.item.tolist() == [0, 1, 1]
    assert data.value.tolist() == [0.0, 1.0, 0.5]
    assert data.time.tolist() == [1577836800000, 1577923200000, 1578052800000]


def test_value_and_time_may_be_absent(table: Callable[[dict[str, list[Any]]], Any]) -> None:
    data = read(table(COLUMNS), value=None, time=None)
    assert data.value.tolist() == [1.0, 1.0, 1.0]
    assert data.time.tolist() == [0, 0, 0]


@pytest.mark.parametrize("column", ["u", "i", "stars", "t"])
def test_missing_cells_are_counted_and_located(table: Callable[[dict[str, list[Any]]], Any], column: str) -> None:
    broken = COLUMNS | {column: [*COLUMNS[column][:2], None]}
    with pytest.raises(InvalidInput, match=f"{column} = None: 1 of 3 rows are missing, the first is row 2"):
        read(table(broken))


def test_an_unknown_column_lists_those_there_are(table: Callable[[dict[str, list[Any]]], Any]) -> None:
    with pytest.raises(NotFound, match="item = 'film': is not a column; there are u, i, stars, t"):
        read(table(COLUMNS), item="film")


def test_not_a_table() -> None:
    with pytest.raises(InvalidInput, match="is not a table"):
        read([1, 2, 3])


def test_no_rows() -> None:
    with pytest.raises(InvalidInput, match="no interactions"):
        read(pl.DataFrame(COLUMNS).head(0))


def test_whole_numbers_lose_the_point_that_pandas_gave_them() -> None:
    assert read(pd.DataFrame(COLUMNS | {"i": [7.0, 8.0, 8.0]})).items.names == ("7", "8")
    with pytest.raises(InvalidInput, match="whole numbers"):
        read(pd.DataFrame(COLUMNS | {"i": [7.5, 8.0, 8.0]}))


def test_categories_are_ids_too() -> None:
    frame = pd.DataFrame(COLUMNS)
    frame["u"] = frame["u"].astype("category")
    assert read(frame).users.names == ("ann", "bob")


def test_an_empty_id_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not empty"):
        read(pl.DataFrame(COLUMNS | {"u": ["ann", "", "bob"]}))


def test_nan_in_polars_is_missing_too() -> None:
    with pytest.raises(InvalidInput, match="1 of 3 rows are missing"):
        read(pl.DataFrame(COLUMNS | {"stars": [1.0, float("nan"), 2.0]}))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0, 0.25, 1.0], [0.0, 0.25, 1.0]),
        ([0.2, 0.4], [0.2, 0.4]),
        ([1, 5, 3], [0.0, 1.0, 0.5]),
        ([-1.0, 1.0], [0.0, 1.0]),
        ([4, 4, 4], [1.0, 1.0, 1.0]),
        ([True, False], [1.0, 0.0]),
        ([-1e308, 1e308], [0.0, 1.0]),
    ],
)
def test_values_end_between_zero_and_one(values: list[float], expected: list[float]) -> None:
    data = read(pl.DataFrame(one_column("v", values)), value="v", time=None)
    assert data.value.tolist() == pytest.approx(expected)


@pytest.mark.parametrize("values", [["good", "bad"], [float("inf"), 1.0]])
def test_values_that_are_no_numbers_are_refused(values: list[Any]) -> None:
    with pytest.raises(InvalidInput, match="v = "):
        read(pl.DataFrame(one_column("v", values)), value="v", time=None)


MOMENT = 881250949


@pytest.mark.parametrize("factor", [1, 1000, 10**6, 10**9])
def test_numbers_are_times_in_the_unit_of_their_size(factor: int) -> None:
    for values in ([MOMENT * factor, (MOMENT + 1) * factor], [float(MOMENT * factor), float((MOMENT + 1) * factor)]):
        data = read(pl.DataFrame(one_column("t", values)), value=None, time="t")
        assert data.time.tolist() == [MOMENT * 1000, (MOMENT + 1) * 1000]


def test_mixed_units_are_refused() -> None:
    with pytest.raises(InvalidInput, match="mixes units"):
        read(pl.DataFrame(one_column("t", [MOMENT, MOMENT * 1000])), value=None, time="t")


def test_zero_means_unknown_next_to_any_unit() -> None:
    assert read(pl.DataFrame(one_column("t", [0, MOMENT])), value=None, time="t").time.tolist() == [0, MOMENT * 1000]
    assert read(pl.DataFrame(one_column("t", [0, 0])), value=None, time="t").time.tolist() == [0, 0]


@pytest.mark.parametrize("values", [[-5, MOMENT], ["1997-12-04", "1998-01-01"]])
def test_other_times_are_refused_with_a_way_out(values: list[Any]) -> None:
    with pytest.raises(InvalidInput, match="date parser"):
        read(pl.DataFrame(one_column("t", values)), value=None, time="t")


def test_time_zones_are_honoured_and_dates_are_midnight() -> None:
    east = timezone(timedelta(hours=8))
    zoned = pd.DataFrame(one_column("t", [datetime(2020, 1, 1, 8, tzinfo=east), datetime(2020, 1, 2, tzinfo=UTC)]))
    moments = [1577836800000, 1577923200000]
    assert read(zoned, value=None, time="t").time.tolist() == moments
    aware = pl.DataFrame(one_column("t", [datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 2, tzinfo=UTC)]))
    assert read(aware, value=None, time="t").time.tolist() == moments
    days = pl.DataFrame(one_column("t", [date(2020, 1, 1), date(2020, 1, 2)]))
    assert read(days, value=None, time="t").time.tolist() == moments


def test_one_column_may_serve_twice() -> None:
    assert read(pl.DataFrame(COLUMNS), value="i", time=None).value.tolist() == [0.0, 1.0, 1.0]


def test_a_hundred_thousand_rows_keep_their_codes() -> None:
    rng = np.random.default_rng(0)
    user, item = rng.integers(0, 900, 100_000), rng.integers(0, 1600, 100_000)
    data = read(pl.DataFrame({"u": user, "i": item}), value=None, time=None)
    assert [data.users.names[code] for code in data.user[:50]] == [str(u) for u in user[:50]]
    assert [data.items.names[code] for code in data.item[-50:]] == [str(i) for i in item[-50:]]
