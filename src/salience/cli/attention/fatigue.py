"""`salience attention fatigue`: what the n-th impression of the same thing still does."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("--slot", default="", metavar="SLOT", help="of this slot alone (of all)")


def run(args: Namespace) -> int:
    """Print the curve and what it says."""
    with open_engine(args, read_only=True) as engine:
        found = engine.fatigue(args.slot)
    if args.json:
        show.as_json(found)
        return 0
    rows = [
        (one.number, one.pairs, one.clicks, f"{one.rate:.2%}", f"{one.low:.2%} and {one.high:.2%}")
        for one in found.repeats
    ]
    if rows:
        show.table("", ("impression", "people and items", "first clicks", "rate", "between"), rows)
    print(found.said)
    return 0
