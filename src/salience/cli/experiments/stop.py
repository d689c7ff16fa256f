"""`salience experiments stop NAME`: take nobody in any more."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("name", metavar="NAME", help="which experiment")
    parser.add_argument("--ship", metavar="ARM", default="", help="what its flag answers from now on (the control)")
    parser.add_argument("--why", default="", help="a note for those who read the history")


def run(args: Namespace) -> int:
    """Stop the run."""
    with open_engine(args) as engine:
        made = engine.stop_experiment(args.name, ship=args.ship, why=args.why)
    if args.json:
        show.as_json(made)
    else:
        show.say(f"{made.name} is stopped; its report stays: `salience experiments report {made.name}`")
    return 0
