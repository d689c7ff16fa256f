from __future__ import annotations

import numpy as np

from salience.prepare.as_of import as_of
from salience.prepare.table import Columns, fetch
from tests.prepare.engines import ENGINES, Engine


def world() -> tuple[Columns, Columns]:
    rng = np.random.default_rng(1)
    ask = {"row": np.arange(200), "user": rng.integers(0, 9, 200), "time": rng.integers(0, 60, 200)}
    tell = {"row": np.arange(80), "user": rng.integers(0, 9, 80), "time": rng.integers(0, 60, 80)}
    return ask, tell | {"level": rng.normal(size=80)}


def plain(ask: Columns, tell: Columns) -> list[float | None]:
    """Row by row, as one would explain it."""
    found: list[float | None] = []
    for user, time in zip(ask["user"], ask["time"], strict=True):
        known = [
            (when, row, value)
            for who, when, row, value in zip(tell["user"], tell["time"], tell["row"], tell["level"], strict=True)
            if who == user and when < time
        ]
        found.append(float(max(known)[2]) if known else None)
    return found


@ENGINES
def test_each_row_gets_the_newest_value_from_before_it(engine: Engine) -> None:
    ask, tell = world()
    assert levels(engine, ask, tell) == plain(ask, tell)


@ENGINES
def test_what_happens_at_the_same_moment_is_not_known_yet(engine: Engine) -> None:
    ask = {"row": np.array([0]), "user": np.array([1]), "time": np.array([5])}
    tell = {"row": np.array([0]), "user": np.array([1]), "time": np.array([5]), "level": np.array([3.0])}
    assert levels(engine, ask, tell) == [None]


def levels(engine: Engine, ask: Columns, tell: Columns) -> list[float | None]:
    """By row; DuckDB masks what is null, Polars writes NaN."""
    out = fetch(as_of(*engine(ask, tell), by="user", columns=["level"]).sort("row"))["level"]
    filled = np.ma.filled(np.ma.asarray(out, dtype=np.float64), np.nan)
    return [None if np.isnan(value) else float(value) for value in filled]
