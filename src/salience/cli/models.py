"""`salience models`: every published model, newest first."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser


def add(parser: Parser) -> None:
    """Nothing beside what every verb takes."""


def run(args: Namespace) -> int:
    """Print the table; the one that answers is marked."""
    with open_engine(args, read_only=True) as engine:
        models = engine.models()
    if args.json:
        show.as_json(models)
    elif not models:
        show.say("no model yet; `salience train` makes one")
    else:
        rows = [(m.version, m.kind, _minute(m.published), "answers now" if m.live else "") for m in models]
        show.table("", ("version", "algorithm", "published (UTC)", ""), rows)
    return 0


def _minute(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
