"""`salience rollback VERSION`: let an older model serve again."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, did_you_mean
from salience.events.fault import NotFound


def add(parser: Parser) -> None:
    """What the verb takes."""
    parser.add_argument("version", metavar="VERSION", help="as `salience models` prints it")


def run(args: Namespace) -> int:
    """Flip the pointer; the models themselves are never changed."""
    with open_engine(args) as engine:
        versions = [model.version for model in engine.models()]
        if args.version not in versions:
            way_out = did_you_mean(args.version, versions, "`salience models` lists them")
            raise NotFound("version", args.version, f"not among the {len(versions)} published models", way_out)
        model = engine.rollback(args.version)
    if args.json:
        show.as_json(model)
    else:
        print(f"{model.version} serves now")
    return 0
