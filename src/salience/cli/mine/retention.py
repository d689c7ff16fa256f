"""`salience mine retention`: who comes back, by the time they first came."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from salience.cli import plots, show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, one_of, whole

if TYPE_CHECKING:
    from salience.mine.retention import Retention

FEW = "few"
SHOWN = 12  # cohorts in the table, the newest; --json has all


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("--period", type=one_of("day", "week", "month"), default="week", help="day, week, month (week)")
    parser.add_argument("--periods", type=whole(1, 1000), default=8, help="how many to look at (8)")
    parser.add_argument("--steps", default="", metavar="STEP,...", help="what counts as coming back (anything)")
    parser.add_argument("--plot", metavar="FILE", help="also a picture of it, .svg or .png")


def run(args: Namespace) -> int:
    """Print the curve and the newest cohorts."""
    from salience.engine.breakdowns import retention_cells

    plots.check(args.plot)
    steps = tuple(step.strip() for step in args.steps.split(",") if step.strip())
    with open_engine(args, read_only=True) as engine:
        found = retention_cells(engine.retention(period=args.period, periods=args.periods, steps=steps))
    heads = [str(at) for at in range(args.periods + 1)]
    if args.plot:
        rows = [(f"{one.start} ({one.size:,})", one.shares) for one in found.cohorts]
        plots.write(args.plot, plots.heat(f"Back again, in {args.period}s after the first", rows, heads, percent=True))
    if args.json:
        show.as_json(found)
        return 0
    if found.cohorts:
        print_cohorts(found, heads)
    if found.hidden:
        wider = "" if found.period == "month" else "; a longer --period makes them larger"
        show.say(f"{found.hidden} cohorts are left out: fewer than ten people, or they could be worked out{wider}")
    return 0


def print_cohorts(found: Retention, heads: Sequence[str]) -> None:
    """The curve, and the newest cohorts; `FEW` where it would tell of a few people."""
    curve = [
        (at, FEW, "", people)
        if share is None or low is None or high is None
        else (at, f"{share:.1%}", f"{low:.1%} to {high:.1%}", people)
        for at, (share, low, high, people) in enumerate(
            zip(found.curve, found.low, found.high, found.people, strict=True)
        )
    ]
    show.table("", (f"{found.period}s later", "back", "95 % interval", "people who could be"), curve)
    cells = [
        (
            one.start,
            one.size,
            *(
                f"{share:.0%}" if share is not None else FEW if at in one.hidden else ""
                for at, share in enumerate(one.shares)
            ),
        )
        for one in found.cohorts[-SHOWN:]
    ]
    show.table("Cohorts by the first deed", ("first seen", "people", *heads), cells)
    if any(one.hidden for one in found.cohorts):
        show.say(f"{FEW}: fewer than ten people of it came back, or did not, or they could be worked out")
