"""`salience doctor`: is this workspace well?"""

from __future__ import annotations

from argparse import Namespace

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser


def add(parser: Parser) -> None:
    """Nothing beside what every verb takes."""


def run(args: Namespace) -> int:
    """Print every check; status 1 if one of them fails."""
    with open_engine(args, read_only=True) as engine:
        checks = engine.doctor()
    if args.json:
        show.as_json(checks)
    else:
        show.table("", ("check", "well", "detail"), [(c.name, c.ok, c.detail) for c in checks])
    return 0 if all(check.ok for check in checks) else 1
