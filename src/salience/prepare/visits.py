"""The whole way at once: raw rows without duplicates and machines, cut into visits, one row per visit and per person.

This is what ten million events go through before anything is learned; the pieces are `clean.judged`, `sessionise` and
`activity`, and run on every engine that narwhals speaks.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import narwhals as nw

from salience.prepare.clean import KEPT, Cleaning, judged
from salience.prepare.sessions import GAP_MINUTES, sessionise
from salience.prepare.table import KINDS


def visits(
    frame: nw.LazyFrame[Any],
    *,
    gap_minutes: float = GAP_MINUTES,
    cleaning: Cleaning | None = None,
    withdrawn: Collection[object] = (),
) -> nw.LazyFrame[Any]:
    """One row per (user, visit): ``rows``, ``first`` and ``last`` (ms), ``strength`` in all, a count per kind.

    Duplicates, machines and people who said no are out. Needs the columns of `salience.prepare.table.Table`.
    """
    kept = judged(frame, cleaning=cleaning, withdrawn=withdrawn).filter(nw.col("fate") == KEPT)
    cut = sessionise(kept, gap_minutes=gap_minutes)
    flags = {
        kind: nw.when(nw.col("kind") == code).then(nw.lit(1)).otherwise(nw.lit(0)) for code, kind in enumerate(KINDS)
    }
    return cut.with_columns(**flags).group_by("user", "visit").agg(
        rows=nw.len(),
        first=nw.col("time").min(),
        last=nw.col("time").max(),
        strength=nw.col("strength").sum(),
        **{kind: nw.col(kind).sum() for kind in KINDS},
    )  # fmt: skip


def people(per_visit: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """One row per user out of `visits`: ``visits``, ``rows``, ``seconds`` in visits, ``first``, ``last``, counts."""
    return per_visit.with_columns(length=nw.col("last") - nw.col("first")).group_by("user").agg(
        visits=nw.len(),
        rows=nw.col("rows").sum(),
        seconds=nw.col("length").sum() / 1000,
        first=nw.col("first").min(),
        last=nw.col("last").max(),
        strength=nw.col("strength").sum(),
        **{kind: nw.col(kind).sum() for kind in KINDS},
    )  # fmt: skip
