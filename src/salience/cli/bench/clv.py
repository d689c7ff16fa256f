"""`salience bench clv`: how much each customer will still buy, told from purchases until a day."""

from __future__ import annotations

import csv
import time
from argparse import Namespace
from datetime import date, datetime
from functools import lru_cache

from salience.cli import show
from salience.cli.bench import written
from salience.cli.bench.files import in_any_encoding, wrong
from salience.cli.parser import Parser, whole
from salience.events.fault import InvalidInput

CUSTOMER = ("customer", "client", "user", "member", "buyer")
DAY = ("date", "day", "time")
VALUE = ("value", "amount", "total", "revenue", "spend", "sales", "money", "monetary")
SHAPES = ("%Y%m%d", "%Y/%m/%d", "%Y/%m/%d %H:%M", "%m/%d/%Y", "%m/%d/%Y %H:%M")


def add(parser: Parser) -> None:
    """What the task takes."""
    parser.add_argument("--transactions", metavar="CSV", required=True, help="customer, day and value of purchases")
    parser.add_argument("--calibrate-until", metavar="DATE", required=True, help="the last day to learn from")
    parser.add_argument("--weeks", type=whole(1, 5200), required=True, help="how far to look ahead")


def run(args: Namespace) -> int:
    """Read, fit on the days until the cut, look ahead, print."""
    written.check(args.out)
    cut = day_of(args.calibrate_until)
    if cut is None:
        raise InvalidInput("calibrate-until", args.calibrate_until, "is not a date", "write it as 1997-09-30")
    began = time.perf_counter()
    customers, days, values = purchases("transactions", args.transactions)
    from salience.train.bench_clv import clv
    from salience.train.bench_outcome import versions

    found, columns = clv(customers, days, values, cut, args.weeks, args.seed)
    written.write(args.out, columns)
    told = {"task": "clv", **found, "seconds": round(time.perf_counter() - began, 3), "versions": versions()}
    if args.json:
        show.as_json(told)
        return 0
    for part, numbers in found.items():
        if part == "chosen":
            print(f"{part}: {numbers}")
        elif isinstance(numbers, dict) and numbers:
            print(f"{part}: " + ", ".join(f"{name} {value:,.6g}" for name, value in numbers.items()))
    return 0


def purchases(option: str, name: str, *, returns: bool = False) -> tuple[list[str], list[int], list[float] | None]:
    """(customer, day, value) of each row; ``returns`` keeps those of a negative value.

    Without a line of names: customer first, then the first day, money last.
    """
    lines = in_any_encoding(option, name)
    if not lines:
        raise InvalidInput(option, name, "holds no lines", "give a customer, a day and a value a line")
    mark = max("\t;,", key=lines[0][1].count)
    split = mark in lines[0][1]
    rows = list(csv.reader([t for _, t in lines], delimiter=mark)) if split else [t.split() for _, t in lines]
    heads = [cell.strip().lower() for cell in rows[0]]
    if any(day_of(cell) is not None for cell in heads):
        when = next(place for place, cell in enumerate(heads) if day_of(cell) is not None)
        places: tuple[int, int, tuple[int, ...]] = (0, when, (len(heads) - 1,) if len(heads) - 1 > when else ())
    else:
        places, rows, lines = _named(option, name, heads), rows[1:], lines[1:]
    who, when, money = places
    customers, days, values = [], [], []
    for row, (number, _) in zip(rows, lines, strict=False):
        if len(row) != len(heads):
            raise wrong(option, name, number, f"has {len(row)} columns, not {len(heads)}", "quote cells with commas")
        if not row[who].strip():
            continue  # an anonymous purchase is nobody's
        day = day_of(row[when])
        if day is None:
            raise wrong(option, name, number, f"has no date in {row[when]!r}", "write dates as 1997-09-30")
        worth = 1.0
        for place in money:
            try:
                worth *= float(row[place])
            except ValueError:
                raise wrong(option, name, number, f"has no number in {row[place]!r}", "mend the cell") from None
        if not money or returns or worth >= 0:  # what was sent back is no purchase
            customers.append(row[who].strip())
            days.append(day)
            values.append(worth)
    return customers, days, values if money else None


@lru_cache(maxsize=65_536)  # a shop's lines share their minutes
def day_of(cell: str) -> int | None:
    """The day's number in the calendar, or None if it is no date.

    >>> day_of("19970930") == day_of("1997-09-30 12:15") == date(1997, 9, 30).toordinal()
    True
    """
    cell = cell.strip()
    if len(cell) < 8:
        return None
    try:
        return (date if len(cell) == 10 and cell[4] == "-" else datetime).fromisoformat(cell).toordinal()
    except ValueError:
        pass
    for shape in SHAPES:
        try:
            return datetime.strptime(cell, shape).toordinal()  # noqa: DTZ007 - a day of the shop's calendar
        except ValueError:
            continue
    return None


def _named(option: str, name: str, heads: list[str]) -> tuple[int, int, tuple[int, ...]]:
    def place(words: tuple[str, ...]) -> int | None:
        return next((heads.index(head) for word in words for head in heads if word in head), None)

    who, when, money = place(CUSTOMER), place(DAY), place(VALUE)
    if who is None or when is None:
        what = "a customer" if who is None else "a date"
        raise InvalidInput(option, name, f"no column is named as {what}", "name them customer, date and value")
    if money is not None:
        return who, when, (money,)
    parts = tuple(found for found in (place(("quantity",)), place(("price",))) if found is not None)
    return who, when, parts
