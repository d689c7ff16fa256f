"""`salience predict leads`: who will buy (or click, ...) in the days to come."""

from __future__ import annotations

from argparse import Namespace

from salience.cli.parser import Parser, one_of
from salience.cli.predict import outlooks


def add(parser: Parser) -> None:
    """What the kind takes."""
    outlooks.options(parser)
    parser.add_argument("--deed", type=one_of(*outlooks.DEEDS), default="purchase", help="what they will do (purchase)")


def run(args: Namespace) -> int:
    """Print who."""
    return outlooks.finish(args, "leads")
