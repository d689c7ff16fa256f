"""`salience bench clv`: how much each customer will still buy, told from purchases until a day."""

from __future__ import annotations

import re
import time
from argparse import Namespace
from collections.abc import Sequence

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
    rows = split_rows(option, name, texts, mark) if mark in texts[0] else [text.split() for text in texts]
    heads = [cell.strip().lower() for cell in rows[0]]
    if any(map(is_day, heads)):
        when = next(place for place, cell in enumerate(heads) if is_day(cell))
        places: tuple[int, int, tuple[int, ...]] = (0, when, (len(heads) - 1,) if len(heads) - 1 > when else ())
    else:
        places, rows, lines = _named(option, name, heads), rows[1:], lines[1:]
    who, when, money = places
    kept: list[list[str]] = []
    numbers: list[int] = []
    for row, (number, _) in zip(rows, lines, strict=False):
        if len(row) != len(heads):
            raise wrong(option, name, number, f"has {len(row)} columns, not {len(heads)}", "quote cells with commas")
        if row[who].strip():  # an anonymous purchase is nobody's
            kept.append(row)
            numbers.append(number)
    if len(kept) < len(rows):
        show.say(f"{len(rows) - len(kept):,} of {len(rows):,} rows name no customer and are left out")
    worth = [1.0] * len(kept)
    for place in money:
        worth = [a * b for a, b in zip(worth, _values(option, name, kept, place, numbers, mark != ","), strict=True)]
    there = [at for at, value in enumerate(worth) if returns or not money or value >= 0]
    if len(there) < len(worth):
        show.say(f"{len(worth) - len(there):,} rows of a negative value are returns and no purchases")
    day = days(option, name, [kept[at][when] for at in there], [numbers[at] for at in there])
    return [kept[at][who].strip() for at in there], day, [worth[at] for at in there] if money else None


def _values(
    option: str, name: str, rows: Sequence[Sequence[str]], place: int, lines: Sequence[int], comma: bool
) -> list[float]:
    """A column of money or pieces; also `1,234.50` and `$5`."""
    cells = [row[place] for row in rows]
    read = figures(cells, UNKNOWN, comma=comma) or cells
    found = []
    for cell, line in zip(read, lines, strict=True):
        try:
            value = float(cell)
        except ValueError:
            value = float("nan")
        if value - value != 0:  # neither NaN nor infinite
            raise wrong(option, name, line, f"has no number in {cell!r}", "mend the cell")
        found.append(value)
    return found


def _named(option: str, name: str, heads: list[str]) -> tuple[int, int, tuple[int, ...]]:
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
        return who, when, (money,)
    parts = tuple(found for found in (place(("quantity",)), place(("price",))) if found is not None)
    return who, when, parts
