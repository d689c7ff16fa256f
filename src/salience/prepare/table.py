"""From events to columns: the table that cleaning, sessions and mining work on.

Events stream through in chunks; what stays in memory is one number per column and row, one name per distinct id, and
the newest description of each item and person. Ids are coded as numbers, so that engines compare integers, not text.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from salience.events import (
    AnyEvent,
    Cart,
    Click,
    Identify,
    Impression,
    Item,
    Message,
    Purchase,
    Rating,
    Scalar,
    ShareItem,
    View,
    set_aside,
)
from salience.events.identity import Identity, links
from salience.events.interactions import IdMap
from salience.prepare.features.predicted import SOURCE as PREDICTIONS
from salience.prepare.strength import in_scale, strength

Columns: TypeAlias = dict[str, NDArray[Any]]

KINDS = ("view", "click", "cart", "purchase", "rating", "share", "message", "impression")
"""The kinds that make rows: something was done with an item. Column ``kind`` is the place in this list."""

_KIND_OF: dict[type, int] = {
    kind: KINDS.index(str(kind.__struct_config__.tag))
    for kind in (View, Click, Cart, Purchase, Rating, ShareItem, Message, Impression)
}
_TYPES = {"user": "i", "item": "i", "kind": "b", "time": "q", "received": "q", "strength": "d"} | {
    "session": "i", "order": "i", "decision": "i", "bot": "b"
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Table:
    """One row per event about an item, in log order.

    ``columns``, all of one length: ``row`` int64 (0, 1, ...), ``user``, ``item``, ``session``, ``order``, ``decision``
    int32 codes (-1 where the event names none), ``kind`` int8 (place in `KINDS`), ``time`` and ``received`` int64 ms,
    ``strength`` float64 in [0, 1], ``bot`` bool. ``user`` is the person after aliases. A ``time`` that the sender did
    not know is the time of receipt.

    ``catalogue`` holds the newest description of each item, ``people`` the newest traits of each person.
    ``missing`` counts events about an item without a person or an item, ``out_of_range`` ratings outside their scale:
    both kinds are left out of the rows.
    """

    columns: Columns
    users: IdMap
    items: IdMap
    sessions: IdMap
    orders: IdMap
    decisions: IdMap
    catalogue: Mapping[str, Item]
    people: Mapping[str, Mapping[str, Scalar]]
    aliases: Mapping[str, str]
    missing: int = 0
    out_of_range: int = 0

    def __len__(self) -> int:
        return len(self.columns["row"])

    def frame(self) -> nw.LazyFrame[Any]:
        """The columns as a lazy frame on DuckDB in memory. The arrays are read in place, not copied."""
        return lazy(self.columns)


def lazy(columns: Columns) -> nw.LazyFrame[Any]:
    """Arrays of equal length as a lazy frame on an in-memory DuckDB that loads no extension."""
    return together(columns)[0]


def together(*tables: Columns) -> list[nw.LazyFrame[Any]]:
    """The same for several, on one DuckDB: only then can they be joined."""
    import duckdb

    con = duckdb.connect(
        ":memory:",
        config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "threads": "2"},
    )
    for place, columns in enumerate(tables):
        con.register(f"rows{place}", columns)
    return [nw.from_native(con.table(f"rows{place}")).lazy() for place in range(len(tables))]


def fetch(frame: nw.LazyFrame[Any]) -> Columns:
    """Run a lazy frame and bring its columns here as arrays, whatever engine it is on."""
    if frame.implementation is nw.Implementation.DUCKDB:
        columns: Columns = nw.to_native(frame).fetchnumpy()
        return columns
    collected = frame.collect()
    return {name: collected[name].to_numpy() for name in collected.columns}


def table(chunks: Iterable[Sequence[AnyEvent]]) -> Table:
    """Read events, in log order, into a `Table`.

    >>> from salience.events import Alias, Click, Search
    >>> made = table([[Click(id="1", anonymous="c7", item="tea", time=5), Search(id="2", user="ann", query="tea")],
    ...               [Alias(id="3", previous="anon:c7", user="ann")]])
    >>> len(made), made.users.names, made.items.names, made.columns["strength"].tolist()
    (1, ('ann',), ('tea',), [0.5])
    """
    reader = _Reader()
    for chunk in chunks:
        for event in chunk:
            reader.read(event)
    return reader.table()


class _Reader:
    def __init__(self) -> None:
        self.data: dict[str, array[Any]] = {name: array(code) for name, code in _TYPES.items()}
        self.codes: dict[str, dict[str, int]] = {name: {} for name in ("user", "item", "session", "order", "decision")}
        self.catalogue: dict[str, Item] = {}
        self.identified: list[Identify] = []
        self.identity = Identity()
        self.missing = self.out_of_range = 0

    def read(self, event: AnyEvent) -> None:
        kind = _KIND_OF.get(type(event))
        if kind is not None:
            self._row(event, kind)
        elif isinstance(event, Item):
            known = self.catalogue.get(event.item)
            if known is None or event.time >= known.time:
                self.catalogue[event.item] = event
        else:
            for write in links(event):
                self.identity.apply(write)
            if isinstance(event, Identify) and event.subject and event.traits and event.source != PREDICTIONS:
                self.identified.append(event)

    def _row(self, event: AnyEvent, kind: int) -> None:
        item: str = event.item  # type: ignore[union-attr]  # `_KIND_OF` are those about an item
        subject = event.subject
        if not item or not subject:
            # a message need not be about an item, nor an impression about one: a slot is seen, too
            if item or KINDS[kind] not in ("message", "impression"):
                self.missing += 1
            return
        if isinstance(event, Rating) and not in_scale(event):
            self.out_of_range += 1
            return
        data, codes = self.data, self.codes
        data["user"].append(codes["user"].setdefault(subject, len(codes["user"])))
        data["item"].append(codes["item"].setdefault(item, len(codes["item"])))
        data["kind"].append(kind)
        data["time"].append(event.time or event.received)
        data["received"].append(event.received)
        data["strength"].append(strength(event))
        data["bot"].append(set_aside(event))
        data["session"].append(self._code("session", event.session))
        data["order"].append(self._code("order", event.order if isinstance(event, Purchase) else ""))
        data["decision"].append(self._code("decision", event.decision))

    def _code(self, column: str, name: str) -> int:
        if not name:
            return -1
        codes = self.codes[column]
        return codes.setdefault(name, len(codes))

    def table(self) -> Table:
        """What was read, with people under the name that all their aliases share."""
        aliases = self.identity.names()
        codes, known = self._resolved(aliases)
        columns: Columns = {"row": np.arange(len(self.data["user"]), dtype=np.int64)}
        columns |= {name: np.asarray(values) for name, values in self.data.items()}
        columns["user"] = codes[columns["user"]]
        columns["bot"] = columns["bot"].astype(bool)
        return Table(
            columns=columns,
            users=known,
            items=IdMap.of([*self.codes["item"], *self.catalogue]),
            sessions=IdMap(tuple(self.codes["session"])),
            orders=IdMap(tuple(self.codes["order"])),
            decisions=IdMap(tuple(self.codes["decision"])),
            catalogue=self.catalogue,
            people=_traits(self.identified, aliases),
            aliases=aliases,
            missing=self.missing,
            out_of_range=self.out_of_range,
        )

    def _resolved(self, aliases: Mapping[str, str]) -> tuple[NDArray[np.int32], IdMap]:
        """Old user code -> new one, and the new users."""
        names = [aliases.get(name, name) for name in self.codes["user"]]
        users = IdMap.of(names)
        return np.array([users.codes[name] for name in names], dtype=np.int32), users


def _traits(identified: Sequence[Identify], aliases: Mapping[str, str]) -> dict[str, dict[str, Scalar]]:
    """Person -> traits, each by its newest event; of equally new ones the later in the log counts."""
    people: dict[str, dict[str, Scalar]] = {}
    for event in sorted(identified, key=lambda e: e.time):
        people.setdefault(aliases.get(event.subject, event.subject), {}).update(event.traits)
    return people
