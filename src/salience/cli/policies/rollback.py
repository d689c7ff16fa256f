"""`salience policies rollback VERSION`: an older version answers from the next request on."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser


def add(parser: Parser) -> None:
    """Which version."""
    parser.add_argument("version", metavar="VERSION", help="of `salience policies versions`, or `newest`")


def run(args: Namespace) -> int:
    """Pin it."""
    version = "" if args.version == "newest" else args.version
    with open_engine(args) as engine:
        view = engine.rollback_loop(args.loop, version, by="command line")
    if args.json:
        show.as_json(view)
    else:
        print(f"loop {view.loop}: {view.model} answers")
    return 0
