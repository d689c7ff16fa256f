"""`salience policies list`: every loop."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser


def add(parser: Parser) -> None:
    """Nothing beside what every kind takes."""


def run(args: Namespace) -> int:
    """Print the table."""
    with open_engine(args, read_only=True) as engine:
        loops = engine.loops()
    if args.json:
        show.as_json(loops)
    elif not loops:
        show.say("no loop yet; POST /v1/decide makes one, see docs/decide.md")
    else:
        rows = [
            (one.loop, one.settings.mode, one.settings.policy, f"{one.decisions:,}", f"{one.shown:,}",
             f"{one.rewards:,}", f"{one.lessons:,}", one.pinned or "newest")
            for one in loops
        ]  # fmt: skip
        heads = ("loop", "mode", "policy", "decisions", "shown", "rewards", "lessons", "version that answers")
        show.table("", heads, rows)
    return 0
