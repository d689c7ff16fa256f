"""`salience policies replay EVENT`: the log alone makes the decision again."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser


def add(parser: Parser) -> None:
    """Which decision."""
    parser.add_argument("event", metavar="EVENT", help="the event id that the caller gave, or got")


def run(args: Namespace) -> int:
    """Print what was chosen; the status is 1 if the log makes it differently."""
    with open_engine(args, read_only=True) as engine:
        told = engine.replay(args.event, loop=args.loop)
    if args.json:
        show.as_json(told)
    else:
        for placed in told.decision.placed:
            chance = placed.probabilities[told.decision.offered.index(placed.chosen)]
            where = f"slot {placed.slot}: " if placed.slot else ""
            why = f" ({', '.join(placed.why)})" if placed.why else ""
            print(f"{where}{placed.chosen} with probability {chance:.4f}{why}")
        print("the log makes it again, to the last bit" if told.same else "the log makes it differently")
    return 0 if told.same else 1
