"""`salience mine churn`: who has gone quiet, and whom it is worth calling back."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import plots, show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, whole


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("--weeks", type=whole(1, 520), default=13, help="how far to look ahead, and to test (13)")
    parser.add_argument("--limit", type=whole(1, 10_000_000), default=20, help="customers, most at stake first (20)")
    parser.add_argument(
        "--tell", action="store_true", help="write it to the log as predicted:rhythm of each person, for 30 days"
    )
    parser.add_argument("--plot", metavar="FILE", help="also a picture of the states, .svg or .png")


def run(args: Namespace) -> int:
    """Print those with most at stake, then how far the chances can be trusted."""
    plots.check(args.plot)
    with open_engine(args, read_only=not args.tell) as engine:
        found, priced, last = engine.churn(weeks=args.weeks), engine.priced(), engine.last_purchase()
        if args.tell:
            count = engine.tell("rhythm", {one.customer: one.state for one in found.customers})
            show.say(f"{count:,} people told: segments can ask about predicted:rhythm")
    if args.plot:
        rows = [(state, float(count), f"{count:,}") for state, count in found.states.items()]
        plots.write(args.plot, plots.bars("Customers by how their silence fits their rhythm", rows))
    if args.json:
        show.as_json(found)
        return 0
    told = [
        (
            one.customer,
            one.state,
            *(() if found.immortal else (f"{one.alive:.0%}",)),
            f"{one.quiet:.1%}",
            one.silent_days,
            "" if one.usual_gap_days is None else round(one.usual_gap_days),
            one.purchases,
            f"{one.at_stake:,.0f}",
        )
        for one in found.customers[: args.limit]
    ]
    still = () if found.immortal else ("still one",)
    columns = ("customer", "state", *still, "such a silence", "days silent", "usual gap", "purchases", "a year's money")
    show.table("", columns, told)
    show.line(", ".join(f"{count:,} {state}" for state, count in found.states.items()) + f"; as of {last}")
    staked = sum(one.at_stake for one in found.customers)
    show.line(f"{staked:,.0f} a year at stake with those who are fading or gone")
    show.line(found.verdict)
    if not priced:
        show.say(show.NO_PRICES)
    return 0
