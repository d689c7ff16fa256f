"""`salience privacy erase USER`: keys, rows, memory, models, recipients, copies; a receipt of every place."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("user", metavar="USER", help="whom; visitors are written anon:ID")
    parser.add_argument("--reason", default="request", help="what the receipt says (request)")


def run(args: Namespace) -> int:
    """Print the receipt. What is due or yours to do is said last."""
    with open_engine(args) as engine, engine.answering("erasure", args.user, verified="at the command line"):
        receipt = engine.erase(args.user, actor="cli", reason=args.reason)
    if args.json:
        show.as_json({**show.fields(receipt), "complete": receipt.complete})
        return 0
    rows = [(place.name, place.found, place.fate, place.done) for place in receipt.places]
    show.table(f"receipt {receipt.id}", ("place", "found", "now", "what was done"), rows)
    left = [place for place in receipt.places if place.fate != "clean"]
    show.say("Everything is gone." if not left else f"{len(left)} places are due or yours to clean, see above.")
    return 0
