"""`salience policies guard`: look at the trials inside loops, and give traffic back where one is surely worse."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser


def add(parser: Parser) -> None:
    """What the kind takes: nothing of its own."""
    del parser


def run(args: Namespace) -> int:
    """A line per trial that went back."""
    with open_engine(args) as engine:
        found = engine.guard_loops()
    if args.json:
        show.as_json(found)
        return 0
    if not found:
        show.say("no trial inside a loop is surely worse than its margins")
    for one in found:
        print(f"loop {one.loop}: everybody gets the old side again: {one.verdict}")
    return 0
