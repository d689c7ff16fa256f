"""People at moments: what was known of each before it, and what each did in the days after it.

A row is a person at a moment. Its columns count deeds with ``time < moment`` (`activity`, and a few more below); its
outcome looks at ``moment <= time < moment + days``. So a training row holds what a row of today will hold, and nothing
that came later. People count who did anything in the ``ACTIVE`` times ``days`` before: whoever has long been gone is
easy to call and helps nobody.

    pace     days between days with a deed, on average
    quiet    days since the newest deed / pace: 1 is as usual, 3 is three times as long as usual
    taste    the category with the most strength, and its share of all strength
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from salience.events import InvalidInput
from salience.prepare.activity import DAY_MS, activity
from salience.prepare.table import KINDS, Columns, Table, fetch, lazy

Goal: TypeAlias = Literal["churn", "leads", "next"]
Cells: TypeAlias = Mapping[str, Sequence[str]]
ACTIVE = 3
MOST_MOMENTS = 8
MOST_CATEGORIES = 12
SHOWN_BY_US = ("impression", "message")
"""Kinds that are not the person's own doing: they are looked back on, but they are no sign of life."""
OTHER = "other"
YES, NO = "yes", "no"


@dataclass(frozen=True)
class Asked:
    """``churn``: will do nothing in the next ``days``; ``leads``: will do ``deed``; ``next``: of what category the
    first deed will be, of those who do anything."""

    goal: Goal
    days: int
    deed: str = "purchase"

    def __post_init__(self) -> None:
        if self.days < 1:
            raise InvalidInput("days", self.days, "must be 1 or more", "e.g. 30")
        if self.goal == "leads" and self.deed not in KINDS:
            raise InvalidInput("deed", self.deed, f"must be one of {', '.join(KINDS)}")

    @property
    def span(self) -> int:
        """The days, in ms."""
        return self.days * DAY_MS


@dataclass(frozen=True, eq=False)
class People:
    """Rows: ``columns`` as text, whose ``users`` they are, and at which ``moments`` (rows,); the oldest first.

    ``outcomes`` are empty strings where nothing is known yet.
    """

    columns: Cells
    users: tuple[str, ...]
    moments: NDArray[np.int64]
    outcomes: tuple[str, ...]


def moments_of(table: Table, asked: Asked) -> tuple[int, ...]:
    """Moments whose outcome is known, ``days`` apart, the oldest first; so many that the first has days behind it."""
    if not len(table):
        return ()
    time = table.columns["time"]
    first, end = int(time.min()), int(time.max()) + 1
    return tuple(
        moment
        for moment in range(end - min(MOST_MOMENTS, (end - first) // asked.span) * asked.span, end, asked.span)
        if moment - first >= asked.span
    )


def people_at(table: Table, moments: Sequence[int], asked: Asked, categories: Sequence[str], *, known: bool) -> People:
    """Everybody who was active, at each moment. ``known``: with outcomes; without those of whom there is none."""
    parts = [_at(table, moment, asked, categories, known=known) for moment in moments]
    names = list(parts[0].columns) if parts else []
    return People(
        {name: [cell for part in parts for cell in part.columns[name]] for name in names},
        tuple(user for part in parts for user in part.users),
        np.concatenate([np.zeros(0, np.int64), *(part.moments for part in parts)]),
        tuple(outcome for part in parts for outcome in part.outcomes),
    )


def main_categories(table: Table, before: int, most: int = MOST_CATEGORIES) -> tuple[str, ...]:
    """The categories with the most deeds before a moment; the others are `OTHER`."""
    own = table.columns
    item = own["item"][(own["time"] < before) & _done(own)]
    counts: Counter[str] = Counter()
    for code, times in zip(*np.unique(item, return_counts=True), strict=True):
        for category in _categories(table, int(code)):
            counts[category] += int(times)
    return tuple(sorted(name for name, _ in counts.most_common(most)))


def without(table: Table, people: Iterable[str]) -> Table:
    """The table without machines and without the rows of these people: of who said no, say."""
    out = [table.users.codes[name] for name in people if name in table.users.codes]
    keep = ~np.isin(table.columns["user"], out) & ~table.columns["bot"]
    columns = {name: values[keep] for name, values in table.columns.items()}
    columns["row"] = np.arange(int(keep.sum()), dtype=np.int64)
    return Table(columns, table.users, table.items, table.sessions, table.orders, table.decisions, table.catalogue,
                 table.people, table.aliases, table.missing, table.out_of_range)  # fmt: skip


def _at(table: Table, moment: int, asked: Asked, categories: Sequence[str], *, known: bool) -> People:
    own = table.columns
    near = _done(own) & (own["time"] < moment) & (own["time"] >= moment - ACTIVE * asked.span)
    users = np.unique(own["user"][near])
    outcome = _outcomes(table, moment, asked, categories, users) if known else [""] * len(users)
    kept = [row for row in range(len(users)) if outcome[row] or not known]
    users, outcome = users[kept], [outcome[row] for row in kept]
    counted = fetch(activity(lazy(own), moment, windows=(asked.days, ACTIVE * asked.days)))
    place = {int(user): row for row, user in enumerate(counted["user"].tolist())}
    rows = np.array([place[int(user)] for user in users], np.int64)
    columns = {name: _texts(values[rows]) for name, values in counted.items() if name != "user"}
    active, tenure = counted["active"][rows].astype(float), counted["tenure"][rows].astype(float)
    pace = tenure / np.maximum(active, 1)
    columns["pace"] = _texts(pace)
    columns["quiet"] = _texts(counted["recency"][rows].astype(float) / np.maximum(pace, 0.1))
    columns |= _tastes(table, moment, users, categories)
    return People(
        dict(sorted(columns.items())),
        tuple(table.users.names[user] for user in users.tolist()),
        np.full(len(users), moment, np.int64),
        tuple(outcome),
    )


def _outcomes(
    table: Table, moment: int, asked: Asked, categories: Sequence[str], users: NDArray[np.int32]
) -> list[str]:
    own = table.columns
    after = (own["time"] >= moment) & (own["time"] < moment + asked.span)
    if asked.goal == "leads":
        came = np.unique(own["user"][after & (own["kind"] == KINDS.index(asked.deed))])
        return [YES if user else NO for user in np.isin(users, came)]
    after &= _done(own)
    if asked.goal == "churn":
        return [NO if user else YES for user in np.isin(users, np.unique(own["user"][after]))]
    order = np.argsort(own["time"][after], kind="stable")
    first: dict[int, str] = {}
    for user, item in zip(own["user"][after][order].tolist(), own["item"][after][order].tolist(), strict=True):
        names = _categories(table, item)
        if user not in first and names:
            first[user] = next((name for name in names if name in categories), OTHER)
    return [first.get(user, "") for user in users.tolist()]


def _tastes(table: Table, moment: int, users: NDArray[np.int32], categories: Sequence[str]) -> dict[str, list[str]]:
    """Of each person the favourite category, and the share of each of the main ones."""
    own = table.columns
    before = (own["time"] < moment) & np.isin(own["user"], users)
    place = {int(user): row for row, user in enumerate(users.tolist())}
    code = {name: n for n, name in enumerate(categories)}
    mass = np.zeros((len(users), len(categories) + 1))
    last = [""] * len(users)
    order = np.argsort(own["time"][before], kind="stable")
    rows = zip(*(own[name][before][order].tolist() for name in ("user", "item", "strength")), strict=True)
    for user, item, strength in rows:
        for name in _categories(table, item)[:1]:
            mass[place[user], code.get(name, len(categories))] += strength
            last[place[user]] = name if name in code else OTHER
    whole = np.maximum(mass.sum(axis=1, keepdims=True), 1e-9)
    names = [*categories, OTHER]
    best = mass.argmax(axis=1)
    found = {f"share of {name}": _texts((mass / whole)[:, n]) for n, name in enumerate(categories)}
    taste = [names[n] if total > 1e-9 else "" for n, total in zip(best.tolist(), whole[:, 0].tolist(), strict=True)]
    return {**found, "taste": taste, "newest category": last}


def _done(own: Columns) -> NDArray[np.bool_]:
    """The person's own deeds."""
    mine: NDArray[np.bool_] = ~np.isin(own["kind"], [KINDS.index(kind) for kind in SHOWN_BY_US])
    return mine


def _categories(table: Table, item: int) -> tuple[str, ...]:
    card = table.catalogue.get(table.items.names[item])
    return card.categories if card else ()


def _texts(values: NDArray[np.generic]) -> list[str]:
    return [f"{value:.6g}" for value in np.asarray(values, np.float64).tolist()]
