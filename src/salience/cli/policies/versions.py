"""`salience policies versions`: what a loop can go back to."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser


def add(parser: Parser) -> None:
    """Nothing beside what every kind takes."""


def run(args: Namespace) -> int:
    """Print the table, newest first."""
    with open_engine(args, read_only=True) as engine:
        versions = engine.versions(args.loop)
    if args.json:
        show.as_json(versions)
    elif not versions:
        show.say("no version yet; one is set aside whenever the loop is steered, and every few minutes of learning")
    else:
        rows = [
            (v.name, v.policy, f"{v.lessons:,}", f"{v.row:,}",
             datetime.fromtimestamp(v.time / 1000, UTC).strftime("%Y-%m-%d %H:%M"), "answers now" if v.pinned else "")
            for v in versions
        ]  # fmt: skip
        show.table("", ("version", "policy", "lessons", "log up to row", "set aside (UTC)", ""), rows)
    return 0
