"""`salience mine clv`: what each customer will still buy, and for how much."""

from __future__ import annotations

from argparse import Namespace
from itertools import pairwise

from salience.cli import plots, show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, whole

TENTHS = 10


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("--weeks", type=whole(1, 520), default=52, help="how far to look ahead (52)")
    parser.add_argument("--limit", type=whole(1, 10_000_000), default=20, help="customers, most valuable first (20)")
    parser.add_argument(
        "--tell", action="store_true", help="write the value to come to the log as predicted:value, for 30 days"
    )
    parser.add_argument("--plot", metavar="FILE", help="also a picture: value by tenths of the customers, .svg or .png")


def run(args: Namespace) -> int:
    """Print the most valuable customers, and how value is spread."""
    plots.check(args.plot)
    with open_engine(args, read_only=not args.tell) as engine:
        found, priced, last = engine.worth(weeks=args.weeks), engine.priced(), engine.last_purchase()
        if args.tell:
            count = engine.tell("value", {one.customer: round(one.value, 2) for one in found.customers})
            show.say(f"{count:,} people told: segments can ask about predicted:value")
    values = [one.value for one in found.customers]
    total = sum(values)
    cuts = [round(len(values) * part / TENTHS) for part in range(TENTHS + 1)]
    parts = [sum(values[low:high]) / total if total else 0.0 for low, high in pairwise(cuts)]
    if args.plot:
        names = ["best tenth", *(f"tenth {at}" for at in range(2, TENTHS + 1))]
        rows = [(name, part, f"{part:.1%}") for name, part in zip(names, parts, strict=True)]
        plots.write(args.plot, plots.bars(f"Value of the next {args.weeks} weeks", rows))
    if args.json:
        show.as_json(found)
        return 0
    told = [
        (c.customer, f"{c.alive:.0%}", f"{c.purchases:.1f}", f"{c.value:,.0f}") for c in found.customers[: args.limit]
    ]
    show.table("", ("customer", "still a customer", "purchases to come", "value to come"), told)
    best = f"{parts[0]:.0%} of it from the best tenth"
    show.line(f"{len(values):,} customers, {total:,.0f} in the {args.weeks} weeks after {last}; {best}")
    if found.learned is None:
        show.line(
            f"by {found.model}: the log is shorter than twice {args.weeks} weeks, so nothing tells what it misses"
        )
    elif found.learned["used"]:
        show.line(f"by {found.model}, corrected by what it missed in as many weeks before")
    else:
        show.line(f"by {found.model}: a correction by what it missed in as many weeks before did not help beyond doubt")
    if not priced:
        show.say(show.NO_PRICES)
    return 0
