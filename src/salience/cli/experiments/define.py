"""`salience experiments define NAME --file DESIGN.json`: say what is tried and how it will be judged."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser
from salience.events.fault import InvalidInput


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("name", metavar="NAME", help="what the experiment and its flag are called")
    parser.add_argument(
        "--file", metavar="DESIGN.json", required=True, help="arms, metrics, units, method: see the docs"
    )


def run(args: Namespace) -> int:
    """Read the design and write it down."""
    import msgspec

    from salience.events.experiment import Design

    try:
        design = msgspec.json.decode(Path(args.file).expanduser().read_bytes(), type=Design)
    except msgspec.MsgspecError as error:
        raise InvalidInput("file", args.file, f"is no design: {error}", "docs/experiments.md has one") from None
    with open_engine(args) as engine:
        made = engine.define_experiment(args.name, design)
    if args.json:
        show.as_json(made)
    else:
        show.say(f"{made.name} is defined; `salience experiments start {made.name}` lets people in")
    return 0
