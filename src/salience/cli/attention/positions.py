"""`salience attention positions SLOT`: what each place of a row is worth, if that can be said."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("slot", metavar="SLOT", help="which slot's row")


def run(args: Namespace) -> int:
    """Print the curve, or why there is none."""
    with open_engine(args, read_only=True) as engine:
        found = engine.positions(args.slot)
    if args.json:
        show.as_json(found)
        return 0
    if found.identifiable:
        rows = [(one.position, f"{one.seen:.2f}", f"{one.low:.2f} and {one.high:.2f}") for one in found.positions]
        show.table("", ("place", "looked at, of the first", "between"), rows)
    print(found.said)
    return 0
