"""`salience privacy count KIND`: how many people did something, with noise that hides each of them."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, number


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("kind", metavar="KIND", help="of events: view, click, purchase, ...")
    parser.add_argument("--epsilon", type=number(0, 10), default=0.1, help="less hides people better (0.1)")


def run(args: Namespace) -> int:
    """Print the noisy count, and what is left of the budget."""
    with open_engine(args) as engine:
        found = engine.private_count(args.kind, epsilon=args.epsilon)
    if args.json:
        show.as_json(found)
    else:
        print(f"about {found.people:,} people; epsilon {found.epsilon:g}, {found.left:g} are left in these thirty days")
    return 0
