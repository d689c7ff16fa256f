"""Point-in-time joins: each row gets what was known *before* its moment, and nothing that came at it or after it.

Written as one union and one window, because a join on "the newest before" is a verb of few engines: all rows stand in
order of time, the asking ones before those that tell in the same millisecond, and the number of the newest telling row
is carried forward.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw


def as_of(
    asking: nw.LazyFrame[Any], telling: nw.LazyFrame[Any], *, by: str, columns: Sequence[str], time: str = "time"
) -> nw.LazyFrame[Any]:
    """``asking`` with ``columns`` of the newest row of ``telling`` with the same ``by`` and a smaller ``time``.

    Both need ``by``, ``time`` (numbers) and ``row``, unique in each and ordering what has one time; the columns must
    be new to ``asking``. Null where nothing was known yet; a null that was told is a null that was known.

    >>> from salience.prepare.table import fetch, together
    >>> import numpy as np
    >>> ask, tell = together(
    ...     {"row": np.array([0, 1, 2]), "user": np.array([7, 7, 7]), "time": np.array([5, 9, 2])},
    ...     {"row": np.array([0, 1]), "user": np.array([7, 7]), "time": np.array([4, 9]), "level": np.array([1.5, 2])})
    >>> fetch(as_of(ask, tell, by="user", columns=["level"]).sort("row"))["level"].tolist()
    [1.5, 1.5, None]
    """
    nothing = nw.lit(None).cast(nw.Int64)
    both = nw.concat(
        [
            _lean(asking, by, time, side=0, told=nothing),
            _lean(telling, by, time, side=1, told=nw.col("row").cast(nw.Int64)),
        ]
    )
    order = [time, "side", "row"]
    carried = both.with_columns(told=nw.col("told").fill_null(strategy="forward").over(by, order_by=order))
    newest = carried.filter(nw.col("side") == 0).select("row", "told")
    values = telling.select(nw.col("row").cast(nw.Int64).alias("told"), *columns)
    return asking.join(newest, on="row", how="left").join(values, on="told", how="left").drop("told")


def _lean(frame: nw.LazyFrame[Any], by: str, time: str, *, side: int, told: nw.Expr) -> nw.LazyFrame[Any]:
    return frame.select(by, nw.col(time).cast(nw.Int64), nw.col("row").cast(nw.Int64), side=nw.lit(side), told=told)
