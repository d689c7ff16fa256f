"""What a model may learn from: duplicates, bots and people who said no go out; each person and item leave one row.

The work is written once as narwhals expressions, so that DuckDB, Polars and later Spark run the same code.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import narwhals as nw
import numpy as np
from msgspec import Struct

from salience.events.interactions import IdMap, Interactions
from salience.prepare.attributes import describe, of_items
from salience.prepare.table import KINDS, Columns, Table, fetch

MINUTE_MS = 60_000

PACED = tuple(KINDS.index(kind) for kind in ("view", "click", "rating", "share", "message"))
"""Kinds that cost a person a moment each. Eighty lines are bought at once, and a page shows thirty things at once."""

KEPT, WITHDRAWN, DUPLICATE, BOT, WEAK = range(5)
"""Column ``fate``: what becomes of a row. The first of the reasons, in this order, that holds."""


class Cleaning(Struct, frozen=True, forbid_unknown_fields=True):
    """Settings. Somebody with more than ``per_minute`` acts within a minute is a bot, and all their rows go.

    ``keep_zero_ratings`` keeps the worst grade as a row of value 0: it says "seen, not wanted", which views never say.
    """

    per_minute: int = 100
    keep_zero_ratings: bool = False


class Quality(Struct, frozen=True):
    """What was found on the way from ``events`` about items to ``kept`` rows; every event is in exactly one count.

    ``missing`` had no person or no item, ``out_of_range`` a grade outside its scale, ``withdrawn`` a person who said
    no, ``duplicates`` the same person, item, kind and time as an earlier one, ``bots`` (events) a flag or an impossible
    speed, ``weak`` no preference in it, ``repeats`` a pair of person and item that another row already stands for.
    ``first`` and ``last`` are ms UTC, 0 when nothing was kept.
    """

    events: int
    missing: int
    out_of_range: int
    withdrawn: int
    duplicates: int
    bots: int
    bot_people: int
    weak: int
    repeats: int
    kept: int
    users: int
    items: int
    density: float
    first: int
    last: int

    @property
    def balanced(self) -> bool:
        """Whether nothing is unaccounted for."""
        out = self.missing + self.out_of_range + self.withdrawn + self.duplicates + self.bots + self.weak
        return self.events == out + self.repeats + self.kept

    def __str__(self) -> str:
        """A dozen lines for people."""
        span = f"{_day(self.first)} to {_day(self.last)}" if self.kept else "nothing kept"
        rows = [
            ("events about items", f"{self.events:,}"),
            ("  without person or item", f"{self.missing:,}"),
            ("  grade outside its scale", f"{self.out_of_range:,}"),
            ("  consent withdrawn", f"{self.withdrawn:,}"),
            ("  exact duplicates", f"{self.duplicates:,}"),
            ("  from bots", f"{self.bots:,} ({self.bot_people:,} of them)"),
            ("  no preference in them", f"{self.weak:,}"),
            ("  repeats of a pair", f"{self.repeats:,}"),
            ("rows kept", f"{self.kept:,}"),
            ("users x items", f"{self.users:,} x {self.items:,}"),
            ("density", f"{self.density:.2%}"),
            ("time", span),
        ]
        return "\n".join(f"{name:<27}{value}" for name, value in rows)


def clean(
    table: Table, *, withdrawn: Collection[str] = (), cleaning: Cleaning | None = None
) -> tuple[Interactions, Quality]:
    """The interactions that may be learned from, in order of time, and the report of what was left out.

    Users are those with a row; items are those with a row, then those that only the catalogue knows. ``withdrawn`` are
    subjects; whoever is an alias of one is out as well, traits included.

    >>> from salience.events import Click, Purchase
    >>> from salience.prepare.table import table
    >>> data, quality = clean(table([[Click(id="1", user="ann", item="tea", time=5),
    ...                               Purchase(id="2", user="ann", item="tea", time=9)]]))
    >>> data, data.value.tolist(), data.time.tolist(), quality.repeats
    (Interactions(1 users x 1 items, 1 rows), [1.0], [9], 1)
    """
    settings = cleaning or Cleaning()
    out = {table.aliases.get(name, name) for name in withdrawn}
    codes = sorted(table.users.codes[name] for name in out if name in table.users.codes)
    frame = judged(table.frame(), withdrawn=codes, cleaning=settings)
    fates = fetch(
        frame.group_by("fate").agg(
            rows=nw.len(), people=nw.col("user").n_unique(), first=nw.col("time").min(), last=nw.col("time").max()
        )
    )
    data = _interactions(table, fetch(collapsed(frame)))
    return data, _quality(table, fates, data)


def judged(
    frame: nw.LazyFrame[Any], *, withdrawn: Collection[object] = (), cleaning: Cleaning | None = None
) -> nw.LazyFrame[Any]:
    """The frame with ``fate``: `KEPT`, or why a row goes. Needs the columns of `Table`; users and items of any type."""
    settings = cleaning or Cleaning()
    same = nw.col("row").min().over("user", "item", "kind", "time")
    marked = frame.with_columns(
        out=nw.col("user").is_in(list(withdrawn)) if withdrawn else nw.lit(value=False), again=nw.col("row") != same
    )
    marked = marked.join(_too_fast(marked, settings.per_minute), on="user", how="left")
    empty = nw.col("strength") <= 0
    if settings.keep_zero_ratings:
        empty = empty & (nw.col("kind") != KINDS.index("rating"))
    fate = (
        nw.when(nw.col("out")).then(nw.lit(WITHDRAWN))
        .otherwise(nw.when(nw.col("again")).then(nw.lit(DUPLICATE))
        .otherwise(nw.when(nw.col("bot") | ~nw.col("fast").is_null()).then(nw.lit(BOT))
        .otherwise(nw.when(empty).then(nw.lit(WEAK))
        .otherwise(nw.lit(KEPT)))))
    )  # fmt: skip
    return marked.with_columns(fate=fate)


def _too_fast(frame: nw.LazyFrame[Any], per_minute: int) -> nw.LazyFrame[Any]:
    """(user, fast): whoever has some ``per_minute`` + 1 paced acts, duplicates aside, less than a minute apart."""
    paced = frame.filter(nw.col("kind").is_in(PACED), ~nw.col("again")).select("user", "time", "row")
    earlier = nw.col("time").shift(per_minute).over("user", order_by=["time", "row"])
    fast = paced.with_columns(earlier=earlier).filter(nw.col("time") - nw.col("earlier") < MINUTE_MS)
    return fast.select("user").unique().with_columns(fast=nw.lit(value=True))


def collapsed(frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Kept rows, one per (user, item): its strongest strength and newest time, in order of time, then of the log."""
    kept = frame.filter(nw.col("fate") == KEPT)
    pairs = kept.group_by("user", "item").agg(
        strength=nw.col("strength").max(), time=nw.col("time").max(), row=nw.col("row").min()
    )
    return pairs.sort("time", "row")


def _interactions(table: Table, columns: Columns) -> Interactions:
    """Coded anew, so that nobody without a row takes part."""
    users, user = _present(columns["user"], table.users)
    items, item = _present(columns["item"], table.items)
    items = IdMap.of([*items.names, *table.catalogue])
    traits = describe([table.people.get(name, {}) for name in users.names])
    return Interactions(
        users=users,
        items=items,
        user=user,
        item=item,
        value=columns["strength"].astype(np.float32),
        time=columns["time"].astype(np.int64),
        attributes=of_items([table.catalogue.get(name) for name in items.names]),
        traits=traits,
    )


def _present(codes: Any, ids: IdMap) -> tuple[IdMap, Any]:
    """The ids that occur, in their old order, and the codes among them."""
    used = np.zeros(len(ids), dtype=bool)
    used[codes] = True
    new = (np.cumsum(used) - 1).astype(np.int32)
    return IdMap(tuple(ids.names[code] for code in np.flatnonzero(used))), new[codes]


def _quality(table: Table, fates: Columns, data: Interactions) -> Quality:
    rows = dict(zip(fates["fate"].tolist(), fates["rows"].tolist(), strict=True))
    people = dict(zip(fates["fate"].tolist(), fates["people"].tolist(), strict=True))
    users, items = len(data.users), len(np.unique(data.item))
    return Quality(
        events=len(table) + table.missing + table.out_of_range,
        missing=table.missing,
        out_of_range=table.out_of_range,
        withdrawn=rows.get(WITHDRAWN, 0),
        duplicates=rows.get(DUPLICATE, 0),
        bots=rows.get(BOT, 0),
        bot_people=people.get(BOT, 0),
        weak=rows.get(WEAK, 0),
        repeats=rows.get(KEPT, 0) - len(data),
        kept=len(data),
        users=users,
        items=items,
        density=len(data) / (users * items) if len(data) else 0.0,
        first=int(data.time.min()) if len(data) else 0,
        last=int(data.time.max()) if len(data) else 0,
    )


def _day(ms: int) -> str:
    return str(np.datetime64(ms, "ms").astype("datetime64[D]"))
