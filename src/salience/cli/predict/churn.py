"""`salience predict churn`: who will leave: do nothing in the days to come."""

from __future__ import annotations

from argparse import Namespace

from salience.cli.parser import Parser
from salience.cli.predict import outlooks


def add(parser: Parser) -> None:
    """What the kind takes."""
    outlooks.options(parser)


def run(args: Namespace) -> int:
    """Print who."""
    return outlooks.finish(args, "churn")
