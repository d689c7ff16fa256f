"""Everything that people did, as columns, for looking at ways, habits and money: one row per deed, oldest first.

A `Table` knows deeds about items, for recommenders; this also knows pages, searches and named actions, and what was
paid. What the shop did (impressions, exposures, decisions) is not here.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events import (
    Action,
    AnyEvent,
    Cart,
    Click,
    Follow,
    InvalidInput,
    Item,
    Message,
    Page,
    Purchase,
    Rating,
    Search,
    ShareItem,
    View,
    set_aside,
)
from salience.events.identity import Identity, links
from salience.events.interactions import IdMap, Matrix
from salience.prepare.clean import MINUTE_MS
from salience.prepare.sessions import GAP_MINUTES
from salience.prepare.table import Columns

DEEDS = (View, Click, Cart, Purchase, Rating, Search, ShareItem, Follow, Message, Page, Action)
_TYPES = {"user": "i", "step": "i", "item": "i", "order": "i", "session": "i", "time": "q", "value": "d"}
CONTEXT = "context "
_NUMBER = re.compile(r"(?<=/)[^/]*\d[^/]*")


@dataclass(frozen=True, eq=False)
class Deeds:
    """``columns``, ordered by user, then time, then the log's order:

    ``user``, ``step``, ``item`` (-1: none) and ``order`` (-1: none) int32 codes; ``time`` int64 ms; ``value`` float64,
    what was paid (price x quantity of purchases, else 0); ``visit`` int32, a number over all users: a new one begins
    after half an hour of silence, or with another session of the sender's; where asked for, ``context NAME`` int32, the
    code of what the sender said of the moment (-1: nothing) in ``contexts``.

    ``steps`` names what was done: ``view``, ``cart``, ``page /help``, or an action's own name. ``categories`` and
    ``titles`` are those of the items, by code.
    """

    columns: Columns
    users: IdMap
    steps: IdMap
    items: IdMap
    titles: tuple[str, ...]
    categories: tuple[tuple[str, ...], ...]
    contexts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.columns["user"])

    def where(self, keep: NDArray[np.bool_]) -> Deeds:
        """Only some rows; codes and names stay."""
        kept = {name: values[keep] for name, values in self.columns.items()}
        return replace(self, columns=kept)

    def without(self, users: Iterable[str]) -> Deeds:
        """All rows but those of these people: of who said no, say."""
        out = [self.users.codes[name] for name in users if name in self.users.codes]
        return self.where(~np.isin(self.columns["user"], out))

    def baskets(self, by: str) -> Matrix:
        """Baskets x items, 1 where the item is in; see `grouped`."""
        rows, basket = self.grouped(by)
        shape = (int(basket.max()) + 1 if len(basket) else 0, len(self.items))
        ones = np.ones(len(basket), np.float32)
        made: Any = sparse.csr_array((ones, (basket, self.columns["item"][rows].astype(np.int64))), shape=shape)
        made.sum_duplicates()
        made.data[:] = 1
        return made  # type: ignore[no-any-return]

    def grouped(self, by: str) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """(the deeds that are in a basket, the basket of each of them, from 0). ``visit``: all that was met in one;
        ``order``: purchases of one order of the sender's, else of one person's same minute."""
        item = self.columns["item"].astype(np.int64)
        if by == "visit":
            rows, key = item >= 0, self.columns["visit"].astype(np.int64)
        elif by == "order":
            rows, order = self.of("purchase"), self.columns["order"].astype(np.int64)
            minute = self.columns["time"] // MINUTE_MS * len(self.users) + self.columns["user"]
            key = np.where(order >= 0, order, -1 - minute)
        else:
            raise InvalidInput("by", by, "must be one of user, visit, order")
        return rows, np.unique(key[rows], return_inverse=True)[1].astype(np.int64)

    def of(self, *steps: str) -> NDArray[np.bool_]:
        """Which rows are one of these steps."""
        codes = [self.steps.codes[step] for step in steps if step in self.steps.codes]
        found: NDArray[np.bool_] = np.isin(self.columns["step"], codes)
        return found


def deeds(chunks: Iterable[Sequence[AnyEvent]], contexts: Sequence[str] = ()) -> Deeds:
    """Read events in log order, with these fields of their context. Machines are out; ids of one person are one person.

    >>> from salience.events import Page, Purchase
    >>> made = deeds([[Purchase(id="1", user="ann", item="tea", price=2, quantity=3, time=5),
    ...                Page(id="2", user="ann", page="/help/17", time=4)]])
    >>> [made.steps.names[code] for code in made.columns["step"]], made.columns["value"].tolist()
    (['page /help/*', 'purchase'], [0.0, 6.0])
    """
    reader = _Reader(contexts)
    for chunk in chunks:
        for event in chunk:
            reader.read(event)
    return reader.deeds()


def step_of(event: AnyEvent) -> str:
    """What somebody did, in a word. Numbers in a page's path are all one: there are too many of them to be steps."""
    if isinstance(event, Page):
        return f"page {_NUMBER.sub('*', event.page)}"
    if isinstance(event, Action):
        return event.name
    return event.kind


class _Reader:
    def __init__(self, contexts: Sequence[str] = ()) -> None:
        self.contexts = [(name, CONTEXT + name) for name in contexts]
        types = _TYPES | {column: "i" for _, column in self.contexts}
        self.data: dict[str, array[Any]] = {name: array(code) for name, code in types.items()}
        named = ("user", "step", "item", "order", "session", *(column for _, column in self.contexts))
        self.codes: dict[str, dict[str, int]] = {name: {} for name in named}
        self.cards: dict[str, Item] = {}
        self.identity = Identity()

    def read(self, event: AnyEvent) -> None:
        if isinstance(event, DEEDS):
            if event.subject and not set_aside(event):
                self._row(event)
        elif isinstance(event, Item):
            known = self.cards.get(event.item)
            if known is None or event.time >= known.time:
                self.cards[event.item] = event
        else:
            for write in links(event):
                self.identity.apply(write)

    def _row(self, event: Any) -> None:
        add = self.data
        bought = isinstance(event, Purchase)
        add["user"].append(self._code("user", event.subject))
        add["step"].append(self._code("step", step_of(event)))
        add["item"].append(self._code("item", getattr(event, "item", "")))
        add["order"].append(self._code("order", event.order if bought else ""))
        add["session"].append(self._code("session", event.session))
        add["time"].append(event.time or event.received)
        add["value"].append(event.price * event.quantity if bought else 0.0)
        for name, column in self.contexts:
            add[column].append(self._code(column, str(event.context.get(name, ""))))

    def _code(self, column: str, name: str) -> int:
        codes = self.codes[column]
        return codes.setdefault(name, len(codes)) if name else -1

    def deeds(self) -> Deeds:
        aliases = self.identity.names()
        names = [aliases.get(name, name) for name in self.codes["user"]]
        users = IdMap.of(names)
        columns: Columns = {name: np.asarray(values) for name, values in self.data.items()}
        columns["user"] = np.array([users.codes[name] for name in names], np.int32)[columns["user"]]
        order = np.lexsort((columns["time"], columns["user"]))  # stable: the log's order within a millisecond
        columns = {name: values[order] for name, values in columns.items()}
        columns["visit"] = _visits(columns)
        del columns["session"]
        items = IdMap(tuple(self.codes["item"]))
        cards = [self.cards.get(name) for name in items.names]
        titles = tuple(card.title or name if card else name for card, name in zip(cards, items.names, strict=True))
        categories = tuple(card.categories if card else () for card in cards)
        contexts = {name: tuple(self.codes[column]) for name, column in self.contexts}
        return Deeds(columns, users, IdMap(tuple(self.codes["step"])), items, titles, categories, contexts)


def _visits(columns: Columns) -> NDArray[np.int32]:
    """A visit ends with the person, with half an hour of silence, or where the sender names another session."""
    user, time, session = columns["user"], columns["time"], columns["session"]
    begins = np.zeros(len(user), bool)
    named = (session[1:] >= 0) & (session[:-1] >= 0)
    silent = time[1:] - time[:-1] > GAP_MINUTES * MINUTE_MS
    begins[1:] = (user[1:] != user[:-1]) | np.where(named, session[1:] != session[:-1], silent)
    return np.cumsum(begins).astype(np.int32)
