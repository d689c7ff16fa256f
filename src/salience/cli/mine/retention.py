"""`salience mine retention`: who comes back, by the time they first came."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import plots, show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, one_of, whole

SHOWN = 12  # cohorts in the table, the newest; --json has all


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("--period", type=one_of("day", "week", "month"), default="week", help="day, week, month (week)")
    parser.add_argument("--periods", type=whole(1, 1000), default=8, help="how many to look at (8)")
    parser.add_argument("--steps", default="", metavar="STEP,...", help="what counts as coming back (anything)")
    parser.add_argument("--plot", metavar="FILE", help="also a picture of it, .svg or .png")


def run(args: Namespace) -> int:
    """Print the curve and the newest cohorts."""
    plots.check(args.plot)
    steps = tuple(step.strip() for step in args.steps.split(",") if step.strip())
    with open_engine(args, read_only=True) as engine:
        found = engine.retention(period=args.period, periods=args.periods, steps=steps)
    heads = [str(at) for at in range(args.periods + 1)]
    if args.plot:
        rows = [(f"{one.start} ({one.size:,})", one.shares) for one in found.cohorts]
        plots.write(args.plot, plots.heat(f"Back again, in {args.period}s after the first", rows, heads, percent=True))
    if args.json:
        show.as_json(found)
        return 0
    curve = [
        (at, f"{share:.1%}", f"{low:.1%} to {high:.1%}", people)
        for at, (share, low, high, people) in enumerate(
            zip(found.curve, found.low, found.high, found.people, strict=True)
        )
    ]
    show.table("", (f"{args.period}s later", "back", "95 % interval", "people who could be"), curve)
    cells = [
        (one.start, one.size, *("" if share is None else f"{share:.0%}" for share in one.shares))
        for one in found.cohorts[-SHOWN:]
    ]
    show.table("Cohorts by the first deed", ("first seen", "people", *heads), cells)
    return 0
