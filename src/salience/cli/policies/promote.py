"""`salience policies promote`: loggingOnly -> apprentice -> online, the last step only past the gate."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser


def add(parser: Parser) -> None:
    """The way round the gate."""
    parser.add_argument("--force", action="store_true", help="without the gate; logged as your order")


def run(args: Namespace) -> int:
    """Say whether it went, and why. The status is 1 if it stays where it was."""
    with open_engine(args) as engine:
        told = engine.promote(args.loop, by="command line", force=args.force)
    if args.json:
        show.as_json(told)
    else:
        print(f"loop {told.loop} {'is now' if told.passed else 'stays'} {told.mode}: {told.why}")
    return 0 if told.passed else 1
