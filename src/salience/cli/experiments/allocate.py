"""`salience experiments allocate NAME --shares ...`: change the shares of the arms for people that come from now on."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import show
from salience.cli.experiments.list_ import arms
from salience.cli.experiments.shares import shares
from salience.cli.home import open_engine
from salience.cli.parser import Parser


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("name", metavar="NAME", help="which experiment")
    parser.add_argument("--shares", metavar="ARM=SHARE,...", type=shares, required=True, help="of the arms from now on")
    parser.add_argument("--why", default="", help="a note for those who read the history")


def run(args: Namespace) -> int:
    """Change the shares; whoever has an arm keeps it."""
    with open_engine(args) as engine:
        made = engine.allocate_experiment(args.name, args.shares, args.why)
    if args.json:
        show.as_json(made)
    else:
        show.say(f"{made.name}: {arms(made)} from now on; whoever has an arm keeps it")
    return 0
