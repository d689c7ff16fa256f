"""Visits and baskets: which rows belong together in time, in a sitting, or in an order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import narwhals as nw
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events import InvalidInput
from salience.events.interactions import IdMap, Matrix
from salience.prepare.clean import KEPT, MINUTE_MS, judged
from salience.prepare.table import KINDS, Table, fetch

GAP_MINUTES = 30.0
"""Silence that ends a visit: web analytics' half hour, rounded from the 25.5 minutes of Catledge & Pitkow (1995)."""

By: TypeAlias = Literal["user", "session", "order"]


@dataclass(frozen=True, eq=False)
class Baskets:
    """``matrix``: baskets x items, CSR float32, 1 where the item is in; ``user``: whose basket, shape (baskets,)."""

    matrix: Matrix
    items: IdMap
    users: IdMap
    user: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.user)


def sessionise(frame: nw.LazyFrame[Any], *, gap_minutes: float = GAP_MINUTES) -> nw.LazyFrame[Any]:
    """The frame with ``visit``: 0, 1, ... within each user; a silence longer than the gap begins the next one.

    Needs ``user`` (any type), ``time`` (ms) and ``row``, which orders what happened in the same millisecond.
    """
    if not gap_minutes > 0:
        raise InvalidInput("gap_minutes", gap_minutes, "must be above 0", "30 is usual")
    order = ["time", "row"]
    silence = nw.col("time") - nw.col("time").shift(1).over("user", order_by=order)
    begins = nw.when(silence > round(gap_minutes * MINUTE_MS)).then(nw.lit(1)).otherwise(nw.lit(0))
    marked = frame.with_columns(begins=begins)
    return marked.with_columns(visit=nw.col("begins").cum_sum().over("user", order_by=order)).drop("begins")


def baskets(
    table: Table, *, by: By = "user", gap_minutes: float = GAP_MINUTES, withdrawn: Sequence[str] = ()
) -> Baskets:
    """The sets of items that occur together, from rows fit to learn from (see `salience.prepare.clean`).

    ``user``: all that a person wanted. ``session``: of one visit; a session id that the sender gave is believed, and
    only rows without one are cut at silences. ``order``: purchases of one order, else of the same minute.

    >>> from salience.events import Purchase
    >>> from salience.prepare.table import table
    >>> made = baskets(table([[Purchase(id="1", user="ann", item="tea", order="o1", time=7),
    ...                        Purchase(id="2", user="ann", item="milk", order="o1", time=7),
    ...                        Purchase(id="3", user="ann", item="tea", order="o2", time=9)]]), by="order")
    >>> made.items.names, made.matrix.toarray().tolist()
    (('tea', 'milk'), [[1.0, 1.0], [1.0, 0.0]])
    """
    out = {table.aliases.get(name, name) for name in withdrawn}
    codes = [table.users.codes[name] for name in sorted(out) if name in table.users.codes]
    frame = judged(table.frame(), withdrawn=codes).filter(nw.col("fate") == KEPT)
    columns = fetch(_grouped(frame, by, gap_minutes).group_by(*_KEYS, "item").agg(row=nw.col("row").min()).sort("row"))
    basket, first = _numbered([columns[key] for key in _KEYS])
    matrix: Any = sparse.csr_array(
        (np.ones(len(basket), np.float32), (basket, columns["item"])), shape=(len(first), len(table.items))
    )
    matrix.sort_indices()
    return Baskets(matrix, table.items, table.users, columns["user"][first].astype(np.int32))


def _numbered(keys: Sequence[NDArray[Any]]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Rows with equal keys get one number, in order of first appearance: (number per row, first row per number)."""
    order = np.lexsort(tuple(keys))  # stable: within a group the first row stays first
    change = np.ones(len(order), dtype=bool)
    change[1:] = np.any([key[order][1:] != key[order][:-1] for key in keys], axis=0)
    first = order[change]
    rank = np.empty(len(first), np.int32)
    rank[np.argsort(first)] = np.arange(len(first), dtype=np.int32)
    number = np.empty(len(order), np.int32)
    number[order] = rank[np.cumsum(change) - 1]
    return number, np.sort(first)


_KEYS = ("user", "given", "part")


def _grouped(frame: nw.LazyFrame[Any], by: By, gap_minutes: float) -> nw.LazyFrame[Any]:
    """With ``given`` (the sender's code of the group, or -1) and ``part`` (our number where there is none, or -1)."""
    if by == "user":
        return frame.with_columns(given=nw.lit(-1), part=nw.lit(-1))
    if by == "session":
        return _parts(
            sessionise(frame.filter(nw.col("session") < 0), gap_minutes=gap_minutes), "session", "visit", frame
        )
    if by == "order":
        bought = frame.filter(nw.col("kind") == KINDS.index("purchase"))
        minutes = bought.filter(nw.col("order") < 0).with_columns(minute=nw.col("time") // MINUTE_MS)
        return _parts(minutes, "order", "minute", bought)
    raise InvalidInput("by", by, "must be one of user, session, order")


def _parts(unnamed: nw.LazyFrame[Any], name: str, part: str, every: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Rows with the sender's own group, and below them the others by our ``part``."""
    named = every.filter(nw.col(name) >= 0)
    return nw.concat(
        [
            named.select("user", "item", "row", given=nw.col(name).cast(nw.Int64), part=nw.lit(-1).cast(nw.Int64)),
            unnamed.select("user", "item", "row", given=nw.lit(-1).cast(nw.Int64), part=nw.col(part).cast(nw.Int64)),
        ]
    )
