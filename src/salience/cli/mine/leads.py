"""`salience mine leads`: points for what people did lately, and who has most of them."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import plots, show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, whole

CARD = 15  # lines of the card; --json has all


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("--goal", default="purchase", metavar="STEP", help="what a lead should come to (purchase)")
    parser.add_argument("--days", type=whole(1, 3650), default=14, help="within how many days (14)")
    parser.add_argument("--limit", type=whole(1, 10_000_000), default=20, help="people, most points first (20)")
    parser.add_argument("--plot", metavar="FILE", help="also a picture of the card, .svg or .png")


def run(args: Namespace) -> int:
    """Print the card, the best leads and how well the card did."""
    plots.check(args.plot)
    with open_engine(args, read_only=True) as engine:
        found = engine.leads(goal=args.goal, days=args.days)
    if args.plot:
        best = sorted(found.card, key=lambda band: -band.points)
        least = min((band.points for band in best), default=0)
        rows = [(f"{band.habit}: {band.band}", float(band.points), f"{band.points:+d}") for band in best]
        plots.write(args.plot, plots.bars("Points", rows, least=float(min(least, 0))))
    if args.json:
        show.as_json(found)
        return 0
    card = [
        (b.habit, b.band, f"{b.points:+d}", b.people, f"{b.goals / b.people:.1%}" if b.people else "")
        for b in found.card[:CARD]
    ]
    show.table("The card: 20 points double the odds", ("habit", "band", "points", "people", "reached the goal"), card)
    told = [(lead.user, lead.score, f"{lead.chance:.0%}", "; ".join(lead.why)) for lead in found.leads[: args.limit]]
    show.table("Best leads", ("person", "points", f"chance in {args.days} days", "because of"), told)
    show.line(found.verdict)
    return 0
