"""People and items as rows of numbers, ready to be grouped or compared: what they did, how often, how lately."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from salience.prepare.activity import DAY_MS
from salience.prepare.deeds import Deeds

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Profiles:
    """``table`` is (things, columns); ``names`` and ``titles`` of the things, ``columns`` of the columns."""

    names: tuple[str, ...]
    titles: tuple[str, ...]
    columns: tuple[str, ...]
    table: Numbers


def of_people(of: Deeds, moment: int) -> Profiles:
    """Everybody with a deed before ``moment`` (ms). Columns without any spread are left out.

    ``days silent`` and ``days known`` since the newest and the oldest deed; ``visits``; a count per common kind of
    step; and of buyers ``orders``, ``money``, ``order value``, ``items per order`` and ``different items``.
    """
    rows = of.where(of.columns["time"] < moment).columns
    known, who = np.unique(rows["user"], return_inverse=True)
    n = len(known)
    found: dict[str, Numbers] = {}
    newest, oldest = np.zeros(n), np.full(n, float(moment))
    np.maximum.at(newest, who, rows["time"])
    np.minimum.at(oldest, who, rows["time"])
    found["days silent"], found["days known"] = (moment - newest) / DAY_MS, (moment - oldest) / DAY_MS
    visits = np.unique(rows["visit"].astype(np.int64) * n + who) % n if n else np.empty(0, np.int64)
    found["visits"] = np.bincount(visits, minlength=n).astype(np.float64)
    bought = np.isin(rows["step"], [code for code, name in enumerate(of.steps.names) if name == "purchase"])
    for code, step in enumerate(of.steps.names):
        mine = rows["step"] == code
        if step != "purchase" and len(np.unique(who[mine])) * 20 >= n:
            found[f"{step}s"] = np.bincount(who[mine], minlength=n).astype(np.float64)
    if bought.any():
        found |= _buying({name: values[bought] for name, values in rows.items()}, who[bought], n)
    names = tuple(of.users.names[code] for code in known)
    return _told(names, names, found)


def _buying(rows: dict[str, NDArray[np.generic]], who: NDArray[np.int64], n: int) -> dict[str, Numbers]:
    """Purchases of one order, or else of the same minute, are one order."""
    order, time, value = (rows[name].astype(np.float64) for name in ("order", "time", "value"))
    key = np.where(order >= 0, order, -1 - time // 60_000)
    orders = np.unique(np.column_stack([who, key]), axis=0)
    count = np.bincount(orders[:, 0].astype(np.int64), minlength=n).astype(np.float64)
    money, lines = np.bincount(who, value, minlength=n).astype(np.float64), np.bincount(who, minlength=n)
    pairs = np.unique(np.column_stack([who, rows["item"].astype(np.int64)]), axis=0)
    some = np.maximum(count, 1)
    return {
        "orders": count,
        "money": money,
        "order value": money / some,
        "items per order": lines / some,
        "different items": np.bincount(pairs[:, 0], minlength=n).astype(np.float64),
    }


def of_items(of: Deeds, moment: int) -> Profiles:
    """Every item with a deed before ``moment``: people who met it and who bought it, how often again, price, days."""
    rows = of.where((of.columns["time"] < moment) & (of.columns["item"] >= 0)).columns
    known, what = np.unique(rows["item"], return_inverse=True)
    n = len(known)
    bought = np.isin(rows["step"], [code for code, name in enumerate(of.steps.names) if name == "purchase"])
    found: dict[str, Numbers] = {"people": _people(rows["user"], what, n)}
    newest, oldest = np.zeros(n), np.full(n, float(moment))
    np.maximum.at(newest, what, rows["time"])
    np.minimum.at(oldest, what, rows["time"])
    found["days silent"], found["days known"] = (moment - newest) / DAY_MS, (moment - oldest) / DAY_MS
    if bought.any():
        buyers = _people(rows["user"][bought], what[bought], n)
        sold = np.bincount(what[bought], minlength=n)
        found["buyers"] = buyers
        found["money"] = np.bincount(what[bought], rows["value"][bought], minlength=n).astype(np.float64)
        found["value of a sale"] = found["money"] / np.maximum(sold, 1)
        found["bought again"] = sold / np.maximum(buyers, 1)
        if not bought.all():
            found["buyers of 100"] = 100 * buyers / found["people"]
    names, titles = of.items.names, of.titles
    return _told(tuple(names[code] for code in known), tuple(titles[code] for code in known), found)


def _people(user: NDArray[np.int32], what: NDArray[np.int64], n: int) -> Numbers:
    pairs = np.unique(user.astype(np.int64) * max(n, 1) + what) % max(n, 1)
    return np.bincount(pairs, minlength=n).astype(np.float64)


def _told(names: tuple[str, ...], titles: tuple[str, ...], found: dict[str, Numbers]) -> Profiles:
    told = {name: values for name, values in found.items() if len(values) and np.ptp(values) > 0}
    table = np.column_stack(list(told.values())) if told else np.zeros((len(names), 0))
    return Profiles(names, titles, tuple(told), table)
