"""Tables from outside (pandas, Polars, PyArrow, DuckDB) as the columns of `Interactions`, or a clear `InvalidInput`.

What is decided here, once:

- **Ids** become text. Whole numbers lose a stray ".0" (pandas makes floats of integers where a row is missing).
- **Value**: absent means 1.0. Values within [0, 1] stay as they are; others are scaled by the column's own minimum and
  maximum, (v - min) / (max - min), so ratings 1..5 become 0, .25, .5, .75, 1. A constant column says only that it
  happened and becomes 1.0.
- **Time**: dates and datetimes become milliseconds since 1970-01-01 UTC; without a time zone they are taken as UTC.
  Numbers are read as seconds (below 1e11), milliseconds (below 1e14), microseconds (below 1e17) or nanoseconds, by the
  largest of the column: 1e11 seconds are the year 5138 and 1e11 milliseconds 1973, so times from 1973 on have one
  reading. A column that mixes units is refused. 0 means unknown; so does an absent column.
- **Missing** ids, values or times are refused, with their number and the first row. Nothing is dropped in silence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from salience.events.fault import InvalidInput, NotFound
from salience.events.ids import IdMap

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

UNITS: tuple[tuple[str, float, float], ...] = (
    ("seconds", 1e11, 1e3),
    ("milliseconds", 1e14, 1.0),
    ("microseconds", 1e17, 1e-3),
    ("nanoseconds", np.inf, 1e-6),
)
"""Unit, the number it stays below, and its factor to milliseconds."""

Column = NDArray[Any]


class Coded(NamedTuple):
    """The columns of `Interactions`, ready to be put together."""

    users: IdMap
    items: IdMap
    user: NDArray[np.int32]
    item: NDArray[np.int32]
    value: NDArray[np.float32]
    time: NDArray[np.int64]


def coded(frame: IntoFrame, *, user: str, item: str, value: str | None = None, time: str | None = None) -> Coded:
    """One row per thing that somebody did to an item. The arguments name the columns of ``frame``.

    >>> import polars as pl
    >>> df = pl.DataFrame({"u": ["ann", "bob"], "i": [7, 8], "stars": [1, 5], "t": [881250949, 891717742]})
    >>> data = coded(df, user="u", item="i", value="stars", time="t")
    >>> data.items.names, data.value.tolist(), data.time.tolist()
    (('7', '8'), [0.0, 1.0], [881250949000, 891717742000])
    """
    wanted = {"user": user, "item": item, "value": value, "time": time}
    columns = _columns(frame, {name: column for name, column in wanted.items() if column is not None})
    users, user_codes = _ids(columns["user"], user)
    items, item_codes = _ids(columns["item"], item)
    rows = len(user_codes)
    return Coded(
        users=users,
        items=items,
        user=user_codes,
        item=item_codes,
        value=_values(columns["value"], value) if value is not None else np.ones(rows, np.float32),
        time=_times(columns["time"], time) if time is not None else np.zeros(rows, np.int64),
    )


def _columns(frame: Any, wanted: dict[str, str]) -> dict[str, Column]:
    """The wanted columns as NumPy arrays, nulls as None or NaN, read in one pass."""
    try:
        table = nw.from_native(frame)
    except TypeError:
        raise InvalidInput(
            "frame", type(frame).__name__, "is not a table", "pass a pandas, Polars, PyArrow or DuckDB table"
        ) from None
    names = table.collect_schema().names()
    for parameter, column in wanted.items():
        if column not in names:
            raise NotFound(parameter, column, f"is not a column; there are {', '.join(map(str, names))}")
    chosen = table.select(nw.col(*dict.fromkeys(wanted.values())))
    native = chosen.to_native()
    if isinstance(chosen, nw.LazyFrame) and hasattr(native, "fetchnumpy"):  # DuckDB, without needing PyArrow
        arrays = {name: _unmasked(array) for name, array in native.fetchnumpy().items()}
    else:
        eager = chosen.collect() if isinstance(chosen, nw.LazyFrame) else chosen
        arrays = {name: _array(eager[name]) for name in eager.columns}
    if not len(next(iter(arrays.values()))):
        raise InvalidInput("frame", "0 rows", "holds no interactions", "pass at least one row")
    return {parameter: arrays[column] for parameter, column in wanted.items()}


def _array(series: Any) -> Column:
    if series.dtype.is_numeric() and not series.is_null().any():
        return np.asarray(series.to_numpy())
    if isinstance(series.dtype, nw.Datetime) and not series.is_null().any():
        if series.dtype.time_zone is not None:
            series = series.dt.convert_time_zone("UTC")
        return np.asarray(series.dt.timestamp("us").to_numpy()).astype("datetime64[us]")
    out = np.empty(len(series), dtype=object)
    out[:] = series.to_list()
    return out


def _unmasked(array: Any) -> Column:
    if not np.ma.isMaskedArray(array) or not np.ma.getmaskarray(array).any():
        return np.asarray(array)
    out = np.asarray(np.ma.getdata(array)).astype(object)
    out[np.ma.getmaskarray(array)] = None
    return out


def _present(column: Column, name: str) -> None:
    """Refuse nulls and NaN."""
    if column.dtype.kind in "iub":
        return
    if column.dtype.kind == "f":
        missing = np.isnan(column)
    elif column.dtype.kind == "M":
        missing = np.isnat(column)
    else:  # NaN and NaT are the only values that differ from themselves
        missing = np.fromiter((v is None or v != v for v in column), dtype=bool, count=len(column))
    if missing.any():
        rule = f"{missing.sum():,} of {len(column):,} rows are missing, the first is row {int(missing.argmax())}"
        raise InvalidInput(name, None, rule, "drop or fill these rows first")


def _ids(column: Column, name: str) -> tuple[IdMap, NDArray[np.int32]]:
    """The distinct ids in order of first appearance, and the code of each row."""
    _present(column, name)
    if column.dtype.kind == "f":
        if not (np.isfinite(column) & (column == np.floor(column))).all():
            raise InvalidInput(name, float(column[column != np.floor(column)][0]), "ids are text or whole numbers")
        column = column.astype(np.int64)
    codes: defaultdict[str, int] = defaultdict()
    codes.default_factory = codes.__len__
    names: Sequence[Any] = column.tolist()
    coded = np.fromiter((codes[v if type(v) is str else _text(v)] for v in names), dtype=np.int32, count=len(names))
    if "" in codes:
        raise InvalidInput(name, "", "an id is not empty", "drop or fill these rows first")
    return IdMap(tuple(codes)), coded


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _numbers(column: Column, name: str, way_out: str) -> NDArray[np.float64]:
    _present(column, name)
    if column.dtype.kind not in "iufb" and any(not isinstance(v, (int, float, np.number)) for v in column):
        wrong = next(v for v in column if not isinstance(v, (int, float, np.number)))
        raise InvalidInput(name, wrong, "must be numbers", way_out)
    numbers = column.astype(np.float64)
    if not np.isfinite(numbers).all():
        raise InvalidInput(name, "infinite", "must be finite numbers", "drop or fill these rows first")
    return numbers


def _values(column: Column, name: str) -> NDArray[np.float32]:
    values = _numbers(column, name, "leave `value` out for 1.0 in every row")
    low, high = float(values.min()), float(values.max())
    if low == high:
        return np.ones(len(values), np.float32)
    if low < 0 or high > 1:
        values = (values / 2 - low / 2) / (high / 2 - low / 2)  # halved, so that no difference overflows
    return np.clip(values, 0, 1).astype(np.float32)


def _times(column: Column, name: str) -> NDArray[np.int64]:
    _present(column, name)
    if column.dtype.kind == "M":
        return column.astype("datetime64[ms]").astype(np.int64)
    if column.dtype.kind == "O" and all(isinstance(v, date) for v in column):
        return np.array([_since_1970(v) for v in column], dtype="datetime64[ms]").astype(np.int64)
    way_out = "convert it with your table's own date parser, or pass seconds since 1970"
    numbers = _numbers(column, name, way_out)
    if numbers.min() < 0:
        raise InvalidInput(name, float(numbers.min()), "times as numbers are not negative", way_out)
    known = numbers[numbers > 0]
    if not len(known):
        return np.zeros(len(numbers), np.int64)
    (unit, _, factor), (least, _, _) = (next(u for u in UNITS if t < u[1]) for t in (known.max(), known.min()))
    if unit != least:
        rule = f"mixes units: {known.min():.0f} reads as {least}, {known.max():.0f} as {unit}"
        raise InvalidInput(name, float(known.max()), rule, way_out)
    # integers are scaled as integers: nanoseconds do not fit into a float's 53 bits
    if column.dtype.kind in "iu" and factor < 1:
        return column.astype(np.int64) // round(1 / factor)
    return np.asarray(np.floor(numbers * factor), dtype=np.int64)


def _since_1970(moment: date) -> np.datetime64:
    if isinstance(moment, datetime) and moment.utcoffset() is not None:
        moment = moment.replace(tzinfo=None) - (moment.utcoffset() or moment - moment)
    return np.datetime64(moment, "ms")
