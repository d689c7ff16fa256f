"""What each person did lately, as numbers: counts, rates and recency in windows that end at one moment.

Only rows *before* the moment count, so that the same code makes the features of a training row and of today.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw

from salience.events import InvalidInput
from salience.prepare.table import KINDS

DAY_MS = 86_400_000
WINDOWS = (1, 7, 30)
"""Days of the windows: yesterday, a week, a month."""

RATES: Mapping[str, tuple[str, str]] = {
    "click rate": ("click", "impression"),
    "cart rate": ("cart", "view"),
    "buying rate": ("purchase", "view"),
}
"""Name -> (what, of what)."""

PRIOR = 10.0
"""Pretended trials at the rate of everybody: two clicks of two impressions are no rate of 100 %."""


def activity(
    frame: nw.LazyFrame[Any], moment: int, *, by: str = "user", windows: tuple[int, ...] = WINDOWS
) -> nw.LazyFrame[Any]:
    """One row per ``by`` that did anything before ``moment`` (ms).

    Columns: ``<kind>`` and ``<kind> <days>d`` are counts; ``items`` different items; ``recency`` and ``tenure`` the
    days since the newest and the oldest row; ``active`` the different days with a row. Needs ``item``, ``kind``,
    ``time`` as in `salience.prepare.table.Table`.
    """
    if not windows or min(windows) < 1:
        raise InvalidInput("windows", windows, "must be whole days of 1 or more", "e.g. 1, 7 and 30")
    before = frame.filter(nw.col("time") < moment).with_columns(day=nw.col("time") // DAY_MS)
    days = before.select(by, "day").unique().group_by(by).agg(active=nw.len())
    items = before.select(by, "item").unique().group_by(by).agg(items=nw.len())
    flags, sums = {}, {}
    for code, kind in enumerate(KINDS):
        for name, since in [(kind, None), *((f"{kind} {length}d", length) for length in windows)]:
            hit = nw.col("kind") == code
            if since is not None:
                hit = hit & (nw.col("time") >= moment - since * DAY_MS)
            flags[name] = nw.when(hit).then(nw.lit(1)).otherwise(nw.lit(0))
            sums[name] = nw.col(name).sum()
    counted = before.with_columns(**flags).group_by(by).agg(
        **sums,
        recency=(moment - nw.col("time").max()) / DAY_MS,
        tenure=(moment - nw.col("time").min()) / DAY_MS,
    )  # fmt: skip
    return counted.join(days, on=by, how="left").join(items, on=by, how="left")


def with_rates(counted: nw.LazyFrame[Any], overall: Mapping[str, float]) -> nw.LazyFrame[Any]:
    """The counts with the `RATES`, each drawn towards ``overall``: (hits + prior x overall) / (trials + prior)."""
    made = {
        name: (nw.col(hit) + PRIOR * overall[name]) / (nw.col(trial) + PRIOR) for name, (hit, trial) in RATES.items()
    }
    return counted.with_columns(**made)


def overall_rates(counted: nw.LazyFrame[Any]) -> dict[str, float]:
    """The `RATES` of everybody together; 0 where there was no trial. Of the training rows: then nothing leaks."""
    from salience.prepare.table import fetch

    kinds = sorted({kind for pair in RATES.values() for kind in pair})
    sums = {name: float(values[0] or 0) for name, values in fetch(counted.select(nw.col(*kinds).sum())).items()}
    return {name: min(sums[hit] / sums[trial], 1.0) if sums[trial] else 0.0 for name, (hit, trial) in RATES.items()}
