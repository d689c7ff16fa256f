"""`salience privacy purge`: take out visitors who were invented to push an item, as if they had never come."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser
from salience.events import InvalidInput


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("--since", required=True, metavar="TIME", help="their first event, e.g. 2026-03-01T09:00 (UTC)")
    parser.add_argument("--until", required=True, metavar="TIME", help="before this their last one")
    parser.add_argument("--item", default="", help="only visitors who did something about this item")
    parser.add_argument("--source", default="", help="only visitors all of whose events came this way, e.g. http")
    parser.add_argument("--dry-run", action="store_true", help="say how many there are, and leave them")


def run(args: Namespace) -> int:
    """Print how many visitors and rows went."""
    since, until = _ms("since", args.since), _ms("until", args.until)
    with open_engine(args) as engine:
        found = engine.purge(
            since=since, until=until, item=args.item, source=args.source, dry_run=args.dry_run, actor="cli"
        )
    if args.json:
        show.as_json(found)
    else:
        print(f"{found.visitors:,} visitors with {found.rows:,} events {'would go' if found.dry_run else 'are gone'}")
    return 0


def _ms(name: str, text: str) -> int:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(name, text, "must be a time in ISO 8601", "e.g. 2026-03-01T09:00") from None
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() * 1000)
