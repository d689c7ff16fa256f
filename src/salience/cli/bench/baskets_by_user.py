"""Reading each user's baskets, in any of the plain layouts; which one it is shows in the file.

1. JSON, `{"user": [[item, ...], ...], ...}`, oldest basket first; baskets `[-1]` at the ends, as published benchmarks
   have them, are dropped. A file of next baskets may hold `{"user": [item, ...]}`.
2. A table, one item a row, with a line of names: user, item, and basket (order) or time, or both, in any order.
3. Without a line of names, between tabs, commas, semicolons or spaces: `user basket item [item ...]`; the basket is an
   order number or a time. Rows of one user and basket belong together.
4. `user item item ...`: a line is a basket, a user's lines stand oldest first.

Layout 4 is taken if the second column does not look like a basket: it is neither rising within users nor of values that
are one user's each. Baskets stand in the order of their times or numbers where these are numbers or ISO dates, else as
in the file.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from salience.cli.bench.files import texts, wrong
from salience.collect.importers.lines import MAGIC
from salience.events.fault import InvalidInput, NotFound

People = dict[str, list[list[str]]]
"""User -> baskets, oldest first."""

USER = frozenset({"user", "userid", "uid", "customer", "customerid", "householdkey", "household", "client", "person"})
ITEM = frozenset({"item", "itemid", "iid", "product", "productid", "sku", "stockcode", "material", "materialnumber"})
BASKET = frozenset({"basket", "basketid", "order", "orderid", "ordernumber", "invoice", "invoiceno", "transaction"})
TIME = frozenset({"time", "timestamp", "date", "datetime", "day", "orderdate", "transactiondt", "invoicedate"})
ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?$")
MARK = "-1"
WAY_OUT = "see `docs/verbs/bench.md` for the layouts of nextbasket"


class Row(NamedTuple):
    """One line of a table: ``basket`` is what its rows share, ``when`` orders the baskets of a user."""

    user: str
    basket: str
    when: str
    items: Sequence[str]


def baskets(option: str, name: str, *, keyed: bool | None = None) -> tuple[People, bool | None]:
    """The users' baskets; and of lines without names whether their second column is a basket, else None.

    ``keyed`` gives that answer instead of the guess: two files of one data set have one layout.
    """
    if _starts_json(name):
        return _from_json(option, name), None
    lines = list(texts(option, name))
    if not lines:
        raise InvalidInput(option, name, "holds no lines", WAY_OUT)
    mark = next((m for m in ("\t", ",", ";") if m in lines[0][1]), None)
    cells = [[c.strip() for c in row] for row in _split([text for _, text in lines], mark)]
    names = [re.sub(r"[^a-z]", "", cell.lower()) for cell in cells[0]]
    if USER.intersection(names) and (ITEM | BASKET | TIME).intersection(names):
        rows, guessed = _named(option, name, names, cells), None
    else:
        rows, guessed = _unnamed(option, name, cells, keyed)
    return _joined(rows), guessed


def _split(lines: list[str], mark: str | None) -> Iterable[list[str]]:
    return (line.split() for line in lines) if mark is None else csv.reader(lines, delimiter=mark)


def _named(option: str, name: str, names: Sequence[str], cells: list[list[str]]) -> list[Row]:
    """Rows under a line of names."""
    place = {role: next((n for n, cell in enumerate(names) if cell in known), None)
             for role, known in (("user", USER), ("item", ITEM), ("basket", BASKET), ("time", TIME))}  # fmt: skip
    if place["item"] is None:
        raise wrong(option, name, 1, "names no column of items", "call it `item`")
    rows = []
    for number, row in enumerate(cells[1:], 2):
        if len(row) != len(names):
            raise wrong(option, name, number, f"has {len(row)} columns, not {len(names)}", WAY_OUT)
        found = {role: row[at] if at is not None else "" for role, at in place.items()}
        if not found["user"] or not found["item"]:
            raise wrong(option, name, number, "has no user or no item", "fill it or drop the line")
        basket = found["basket"] or found["time"]
        rows.append(Row(found["user"], basket, found["time"] or basket, (found["item"],)))
    return rows


def _unnamed(option: str, name: str, cells: list[list[str]], keyed: bool | None) -> tuple[list[Row], bool]:
    """Rows without a line of names: `user basket item ...`, or `user item ...`."""
    for number, row in enumerate(cells, 1):
        if len(row) < 2 or not row[0]:
            raise wrong(option, name, number, "is not a user and what they bought", WAY_OUT)
    narrow = max(len(row) for row in cells) == 2
    guessed = (_has_baskets(cells) if keyed is None else keyed) and not narrow
    rows = []
    for number, row in enumerate(cells, 1):
        items = [item for item in row[2 if guessed else 1 :] if item]
        if not items:
            raise wrong(option, name, number, "holds no item", WAY_OUT)
        key = row[1] if guessed else "" if narrow else str(number)
        rows.append(Row(row[0], key, key, items))
    return rows, guessed


def _has_baskets(cells: list[list[str]]) -> bool:
    """Whether the second column is a basket: it rises within users, or each value is one user's and no item."""
    last: dict[str, float | str] = {}
    rising = True
    for row in cells:
        value = _key(row[1])
        if value is None or (row[0] in last and _before(value, last[row[0]])):
            rising = False
            break
        last[row[0]] = value
    if rising and len(last) < len(cells):
        return True
    owner: dict[str, str] = {}
    others = {cell for row in cells for cell in row[2:]}
    return all(owner.setdefault(row[1], row[0]) == row[0] and row[1] not in others for row in cells)


def _before(one: float | str, other: float | str) -> bool:
    return type(one) is not type(other) or one < other  # type: ignore[operator] # of one type here


def _key(value: str) -> float | str | None:
    """A number or an ISO date to sort by, else None."""
    try:
        return float(value)
    except ValueError:
        return value.replace("T", " ") if ISO.match(value) else None


def _joined(rows: Iterable[Row]) -> People:
    """Rows of one user and basket together, a user's baskets in order."""
    found: dict[str, dict[str, tuple[str, list[str]]]] = {}
    for row in rows:
        found.setdefault(row.user, {}).setdefault(row.basket, (row.when, []))[1].extend(row.items)
    return {user: _ordered(list(own.values())) for user, own in found.items()}


def _ordered(own: list[tuple[str, list[str]]]) -> list[list[str]]:
    keys = [_key(when) for when, _ in own]
    if len({type(key) for key in keys}) == 1 and keys[0] is not None:
        order = sorted(range(len(own)), key=keys.__getitem__)  # type: ignore[arg-type] # all of one type
        return [own[place][1] for place in order]
    return [items for _, items in own]


def _starts_json(name: str) -> bool:
    path = Path(name).expanduser()
    if not path.is_file():
        raise NotFound("file", name, "does not exist")
    with gzip.open(path, "rb") if _packed(path) else path.open("rb") as file:
        try:
            return file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
        except (OSError, EOFError) as fault:
            raise InvalidInput("file", name, f"cannot be read: {fault}", "fetch it again") from None


def _packed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == MAGIC or path.suffix == ".gz"


def _from_json(option: str, name: str) -> People:
    path = Path(name).expanduser()
    Item = str | int
    shape = dict[str, list[list[Item] | Item]]
    try:
        body = gzip.decompress(path.read_bytes()) if _packed(path) else path.read_bytes()
        told: Mapping[str, list[list[Item] | Item]] = msgspec.json.decode(body, type=shape)
    except (OSError, EOFError, ValueError) as fault:  # msgspec's errors are ValueErrors
        rule = f"is not JSON of users with lists of baskets: {fault}"
        raise InvalidInput(option, name, rule, WAY_OUT) from None
    found: People = {}
    for user, row in told.items():
        flat = [item for item in row if not isinstance(item, list)]
        whole = [[str(item) for item in basket] for basket in row if isinstance(basket, list)]
        if flat and whole:
            raise InvalidInput(option, name, f"user {user} has items beside baskets", WAY_OUT)
        made = [[str(item) for item in flat]] if flat else whole
        found[user] = [basket for basket in made if basket and basket != [MARK]]
    return found


__all__ = ["People", "baskets"]
