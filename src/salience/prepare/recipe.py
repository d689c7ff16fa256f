"""Columns made fit to learn from: missing values, outliers and scales, all fitted on the training part alone.

A `Recipe` says what to do, `fit` looks at the training rows and returns a `Prepared` of plain numbers, and that is
applied to any rows, on any engine that narwhals speaks. Nothing about the rows to come can leak into it, and nothing
is done in silence: `Prepared.found` says how many training rows each step met.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import narwhals as nw
import numpy as np
from msgspec import Struct

from salience.events import InvalidInput
from salience.prepare.table import fetch

Scalar = float | str
Fill = Literal["drop", "constant", "mean", "median", "most-frequent"]
Fence = Literal["tukey", "mad", "percentile"]
Act = Literal["drop", "clip", "mark"]
Scale = Literal["range", "log-range", "standard"]


class Missing(Struct, frozen=True, forbid_unknown_fields=True):
    """What to do where ``column`` is null or NaN; ``mark`` adds ``<column> known``, 1 where it was there.

    ``drop`` leaves the row out; ``constant`` takes ``value``; the others take what the training rows say.
    """

    column: str
    fill: Fill
    value: float | str | None = None
    mark: bool = False


class Outliers(Struct, frozen=True, forbid_unknown_fields=True):
    """What to do outside the fences. ``mark`` adds ``<column> outlier``.

    ``tukey``: ``width`` (1.5) interquartile ranges beyond the quartiles (Tukey 1977). ``mad``: ``width`` (3.5) times
    1.4826 median absolute deviations from the median (Iglewicz & Hoaglin 1993). ``percentile``: beyond the ``width``
    (0.01) and 1 - ``width`` quantiles (winsorising).
    """

    column: str
    fence: Fence = "tukey"
    act: Act = "clip"
    width: float | None = None


class Scaling(Struct, frozen=True, forbid_unknown_fields=True):
    """``range``: (x - low) / (high - low) of the training rows, cut to [0, 1]; ``log-range`` of log(1 + x) for heavy
    tails; ``standard``: (x - mean) / deviation, not bounded. A column without spread becomes 0."""

    column: str
    scale: Scale = "range"


class Recipe(Struct, frozen=True, forbid_unknown_fields=True):
    """Missing values first, then outliers, then scales; each in the order given."""

    missing: tuple[Missing, ...] = ()
    outliers: tuple[Outliers, ...] = ()
    scaling: tuple[Scaling, ...] = ()


class Found(Struct, frozen=True):
    """One step on the training rows: of ``rows``, how many it changed, marked or left out."""

    step: str
    column: str
    rows: int
    touched: int


class Prepared(Struct, frozen=True):
    """A fitted recipe: numbers only, so it is saved as JSON.

    ``fills`` by place in ``recipe.missing``, ``fences`` (low, high) by place in ``recipe.outliers``, ``scales``
    (shift, size) by place in ``recipe.scaling``.
    """

    recipe: Recipe
    fills: tuple[Scalar | None, ...]
    fences: tuple[tuple[float, float], ...]
    scales: tuple[tuple[float, float], ...]
    found: tuple[Found, ...] = ()

    def apply(self, frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        """The rows, with the columns changed; rows are left out only where a step says ``drop``."""
        for missing, value in zip(self.recipe.missing, self.fills, strict=True):
            frame = _filled(frame, missing, value)
        for outliers, fence in zip(self.recipe.outliers, self.fences, strict=True):
            frame = _fenced(frame, outliers, fence)
        for scaling, numbers in zip(self.recipe.scaling, self.scales, strict=True):
            frame = _scaled(frame, scaling, numbers)
        return frame


def fit(train: nw.LazyFrame[Any], recipe: Recipe) -> Prepared:
    """Look at the training rows once per step, each step after those before it.

    >>> from salience.prepare.table import fetch, lazy
    >>> import numpy as np
    >>> rows = lazy({"price": np.array([1.0, np.nan, 3.0])})
    >>> made = fit(rows, Recipe(missing=(Missing("price", "mean"),), scaling=(Scaling("price"),)))
    >>> made.fills, made.scales, fetch(made.apply(rows))["price"].tolist()
    ((2.0,), ((1.0, 2.0),), [0.0, 0.5, 1.0])
    """
    frame, rows = train, _count(train)
    known = train.collect_schema().names()
    steps: tuple[Missing | Outliers | Scaling, ...] = (*recipe.missing, *recipe.outliers, *recipe.scaling)
    for column in (step.column for step in steps):
        if column not in known:
            raise InvalidInput("column", column, "is not in the rows", f"they have {', '.join(known)}")
    fills, fences, scales, found = [], [], [], []
    for missing in recipe.missing:
        touched = _count(frame.filter(_absent(frame, missing.column)))
        fills.append(_fill(frame, missing))
        found.append(Found(f"missing: {missing.fill}", missing.column, rows, touched))
        frame = _filled(frame, missing, fills[-1])
    for outliers in recipe.outliers:
        low, high = _fence(frame, outliers)
        outside = (nw.col(outliers.column) < low) | (nw.col(outliers.column) > high)
        found.append(Found(f"outliers: {outliers.act}", outliers.column, rows, _count(frame.filter(outside))))
        fences.append((low, high))
        frame = _fenced(frame, outliers, (low, high))
    for scaling in recipe.scaling:
        scales.append(_scale(frame, scaling))
        frame = _scaled(frame, scaling, scales[-1])
    return Prepared(recipe, tuple(fills), tuple(fences), tuple(scales), tuple(found))


def _count(frame: nw.LazyFrame[Any]) -> int:
    return int(fetch(frame.select(rows=nw.len()))["rows"][0])


def _numbers(frame: nw.LazyFrame[Any], column: str, exprs: Sequence[nw.Expr]) -> list[float]:
    """One row of aggregates; an empty or textual column has none."""
    if not frame.collect_schema()[column].is_numeric():
        raise InvalidInput("column", column, "holds no numbers", "fill it with a constant or its most frequent value")
    named = {f"n{place}": expr for place, expr in enumerate(exprs)}
    values = [column[0] for column in fetch(frame.filter(~_absent(frame, column)).select(**named)).values()]
    if any(value is None or value is np.ma.masked or np.isnan(value) for value in values):
        raise InvalidInput("column", column, "is missing in every training row", "leave it out")
    return [float(value) for value in values]


def _absent(frame: nw.LazyFrame[Any], column: str) -> nw.Expr:
    missing = nw.col(column).is_null()
    return missing | nw.col(column).is_nan() if frame.collect_schema()[column].is_float() else missing


def _fill(frame: nw.LazyFrame[Any], missing: Missing) -> Scalar | None:
    column = nw.col(missing.column)
    if missing.fill == "drop":
        return None
    if missing.fill == "constant":
        if missing.value is None:
            raise InvalidInput("value", None, "a constant needs a value", "give one, or another way to fill")
        return missing.value
    if missing.fill == "most-frequent":
        there = frame.filter(~_absent(frame, missing.column))
        counted = fetch(there.group_by(missing.column).agg(rows=nw.len()))
        if not len(counted["rows"]):
            raise InvalidInput("column", missing.column, "is missing in every training row", "leave it out")
        best = min(zip(-counted["rows"], counted[missing.column], strict=True))[1]  # of equals the smallest
        return best if isinstance(best, str) else float(best)
    expr = column.mean() if missing.fill == "mean" else column.median()
    return _numbers(frame, missing.column, [expr])[0]


def _filled(frame: nw.LazyFrame[Any], missing: Missing, value: Scalar | None) -> nw.LazyFrame[Any]:
    absent, column = _absent(frame, missing.column), nw.col(missing.column)
    if missing.mark:
        mark = nw.when(absent).then(nw.lit(0.0)).otherwise(nw.lit(1.0))
        frame = frame.with_columns(mark.alias(f"{missing.column} known"))
    if value is None:
        return frame.filter(~absent)
    kept = nw.when(~absent).then(column.cast(nw.Float64) if isinstance(value, float) else column)
    return frame.with_columns(kept.otherwise(nw.lit(value)).alias(missing.column))


def _fence(frame: nw.LazyFrame[Any], outliers: Outliers) -> tuple[float, float]:
    column = nw.col(outliers.column)
    if outliers.fence == "percentile":
        part = 0.01 if outliers.width is None else outliers.width
        low, high = _numbers(frame, outliers.column, [column.quantile(q, "linear") for q in (part, 1 - part)])
        return low, high
    if outliers.fence == "tukey":
        width = 1.5 if outliers.width is None else outliers.width
        low, high = _numbers(frame, outliers.column, [column.quantile(q, "linear") for q in (0.25, 0.75)])
        return low - width * (high - low), high + width * (high - low)
    width = 3.5 if outliers.width is None else outliers.width
    (middle,) = _numbers(frame, outliers.column, [column.median()])
    away = frame.with_columns((column - middle).abs().alias(outliers.column))
    (spread,) = _numbers(away, outliers.column, [column.median()])
    return middle - width * 1.4826 * spread, middle + width * 1.4826 * spread


def _fenced(frame: nw.LazyFrame[Any], outliers: Outliers, fence: tuple[float, float]) -> nw.LazyFrame[Any]:
    low, high = fence
    column = nw.col(outliers.column)
    outside = (column < low) | (column > high)
    if outliers.act == "drop":
        return frame.filter(~outside)
    if outliers.act == "mark":
        mark = nw.when(outside).then(nw.lit(1.0)).otherwise(nw.lit(0.0))
        return frame.with_columns(mark.alias(f"{outliers.column} outlier"))
    return frame.with_columns(column.cast(nw.Float64).clip(low, high).alias(outliers.column))


def _scale(frame: nw.LazyFrame[Any], scaling: Scaling) -> tuple[float, float]:
    column = _unscaled(scaling)
    if scaling.scale == "standard":
        mean, size = _numbers(frame, scaling.column, [column.mean(), column.std(ddof=0)])
        return mean, size
    low, high = _numbers(frame, scaling.column, [column.min(), column.max()])
    return low, high - low


def _scaled(frame: nw.LazyFrame[Any], scaling: Scaling, numbers: tuple[float, float]) -> nw.LazyFrame[Any]:
    shift, size = numbers
    made = (_unscaled(scaling) - shift) / (size or 1.0)
    bounded = made if scaling.scale == "standard" else made.clip(0.0, 1.0)
    return frame.with_columns(bounded.alias(scaling.column))


def _unscaled(scaling: Scaling) -> nw.Expr:
    column = nw.col(scaling.column).cast(nw.Float64)
    # signed, so that a return of goods does not become NaN: sign(x) log(1 + |x|)
    if scaling.scale != "log-range":
        return column
    size = (column.abs() + 1.0).log()
    return nw.when(column < 0).then(-size).otherwise(size)
