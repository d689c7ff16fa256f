"""`salience mine trends`: what is wanted more, or less, than before."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import plots, show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, one_of, whole

DRAWN = 8


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument(
        "--by", type=one_of("item", "category", "step"), default="item", help="of items, categories or steps (item)"
    )
    parser.add_argument("--weeks", type=whole(1, 520), default=4, help="the last so many against as many before (4)")
    parser.add_argument("--limit", type=whole(1, 10_000), default=20, help="how many, surest first (20)")
    parser.add_argument("--plot", metavar="FILE", help="also a picture of the surest, .svg or .png")


def run(args: Namespace) -> int:
    """Print what rose and fell for certain."""
    plots.check(args.plot)
    with open_engine(args, read_only=True) as engine:
        found = engine.trends(weeks=args.weeks, by=args.by, limit=args.limit)
    if args.plot:
        rows = {one.title: [float(count) for count in one.weeks] for one in found[:DRAWN]}
        weeks = [str(at - 2 * args.weeks) for at in range(2 * args.weeks)]
        plots.write(args.plot, plots.lines("People a week", rows, weeks))
    if args.json:
        show.as_json(found)
    elif not found:
        show.say("nothing rose or fell beyond chance")
    else:
        told = [
            (
                one.title,
                "up" if one.ratio > 1 else "down",
                "new" if not one.before else "gone" if not one.now else f"{one.ratio:.2f} x",
                one.before,
                one.now,
                one.q,
            )
            for one in found
        ]
        show.table("", (args.by, "", "share of all", "before", "now", "q"), told)
    return 0
