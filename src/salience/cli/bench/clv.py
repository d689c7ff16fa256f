"""`salience bench clv`: how much each customer will still buy, told from purchases until a day."""

from __future__ import annotations

import re
import time
from argparse import Namespace
from collections.abc import Sequence
from operator import itemgetter

from salience.cli import show
from salience.cli.bench import written
from salience.cli.bench.cells import UNKNOWN
from salience.cli.bench.days import WAY_OUT, day_of, days, is_day
from salience.cli.bench.figures import figures
from salience.cli.bench.files import in_any_encoding, wrong
from salience.cli.bench.files import rows as split_rows
from salience.cli.parser import Parser, whole
from salience.events.fault import InvalidInput

CUSTOMER = ("customer", "client", "user", "member", "buyer")
DAY = ("date", "day", "time")
VALUE = ("value", "amount", "total", "revenue", "spend", "sales", "money", "monetary")


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
        raise InvalidInput("calibrate-until", args.calibrate_until, "is not a date", WAY_OUT)
    began = time.perf_counter()
    customers, when, values = purchases("transactions", args.transactions)
    from salience.train.bench_clv import clv
    from salience.train.bench_outcome import versions

    found, columns = clv(customers, when, values, cut, args.weeks, args.seed)
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
    """(customer, day, value) of each row; ``returns`` keeps those of a negative value. What is left out is said.

    Without a line of names: customer first, then the first day, money last.
    """
    lines = in_any_encoding(option, name)
    if not lines:
        raise InvalidInput(option, name, "holds no lines", "give a customer, a day and a value a line")
    mark = max("\t;,", key=lines[0][1].count)
    texts = [text for _, text in lines]
    split = mark in texts[0]
    first = next(split_rows(option, name, texts, mark)) if split else texts[0].split()
    heads = [cell.strip().lower() for cell in first]
    if any(map(is_day, heads)):
        when = next(place for place, cell in enumerate(heads) if is_day(cell))
        places: tuple[int, ...] = (0, when, *((len(heads) - 1,) if len(heads) - 1 > when else ()))
    else:
        places, texts, lines = _named(option, name, heads), texts[1:], lines[1:]
    rows = split_rows(option, name, texts, mark) if split else (text.split() for text in texts)
    kept, numbers = [], []
    take = itemgetter(*places)
    for row, (number, _) in zip(rows, lines, strict=False):
        if len(row) != len(heads):
            raise wrong(option, name, number, f"has {len(row)} columns, not {len(heads)}", "quote cells with commas")
        one = take(row)
        if one[0] and not one[0].isspace():  # an anonymous purchase is nobody's
            kept.append(one)
            numbers.append(number)
    if len(kept) < len(lines):
        show.say(f"{len(lines) - len(kept):,} of {len(lines):,} rows name no customer and are left out")
    who, day_of_each, *money = zip(*kept, strict=True) if kept else ((), ())
    worth = [1.0] * len(kept)
    for column in money:
        worth = [a * b for a, b in zip(worth, _values(option, name, column, numbers, mark != ","), strict=True)]
    day = days(option, name, day_of_each, numbers)
    if returns or not money or min(worth, default=0.0) >= 0:
        there = list(range(len(worth)))
    else:
        there = [at for at, value in enumerate(worth) if value >= 0]
        show.say(f"{len(worth) - len(there):,} rows of a negative value are returns and no purchases")
    customers = [cell.strip() for cell in who]
    if len(there) < len(worth):
        customers, day, worth = [customers[at] for at in there], [day[at] for at in there], [worth[at] for at in there]
    return customers, day, worth if money else None


def _values(option: str, name: str, cells: Sequence[str], lines: Sequence[int], comma: bool) -> list[float]:
    """A column of money or pieces; also `1,234.50` and `$5`."""
    kinds = list(dict.fromkeys(cells))
    told = {}
    for cell, read in zip(kinds, figures(kinds, UNKNOWN, comma=comma) or kinds, strict=True):
        try:
            told[cell] = float(read)
        except ValueError:
            told[cell] = float("nan")
        if told[cell] - told[cell] != 0:  # neither NaN nor infinite
            raise wrong(option, name, lines[cells.index(cell)], f"has no number in {cell!r}", "mend the cell")
    return [told[cell] for cell in cells]


def _named(option: str, name: str, heads: list[str]) -> tuple[int, ...]:
    """The places of the customer, the day, and what multiplies to the value."""

    def place(words: tuple[str, ...], *, inside: bool = True) -> int | None:
        for fits in (str.__eq__, str.endswith, str.startswith, *((str.__contains__,) if inside else ())):
            for word in words:
                for at, head in enumerate(plain):
                    if fits(head, word):
                        return at
        return None

    plain = [re.sub(r"[^a-z]", "", head) for head in heads]
    who, when, money = place(CUSTOMER), place(DAY, inside=False), place(VALUE)
    if who is None or when is None:
        what = "a customer" if who is None else "a date"
        raise InvalidInput(option, name, f"no column is named as {what}", "name them customer, date and value")
    if money is not None:
        return who, when, money
    parts = tuple(found for found in (place(("quantity",)), place(("price",))) if found is not None)
    return who, when, *parts
