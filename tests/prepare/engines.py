"""The same columns as lazy frames of every engine that is at hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import narwhals as nw
import polars as pl
import pytest

from salience.prepare.table import Columns, together

Frames = list[nw.LazyFrame[Any]]


def on_polars(*tables: Columns) -> Frames:
    return [nw.from_native(pl.DataFrame(columns)).lazy() for columns in tables]


ENGINES = pytest.mark.parametrize("engine", [together, on_polars], ids=["duckdb", "polars"])
Engine = Callable[..., Frames]
