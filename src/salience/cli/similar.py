"""`salience similar ITEM`: the items most like an item."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.items import with_near_items
from salience.cli.parser import Parser, whole


def add(parser: Parser) -> None:
    """What the verb takes."""
    parser.add_argument("item", metavar="ITEM", help="an item's id")
    parser.add_argument("--k", type=whole(1, 1000), default=10, help="how many (10)")


def run(args: Namespace) -> int:
    """Print the neighbours, nearest first."""
    from salience.events import SimilarRequest

    with open_engine(args, read_only=True) as engine, with_near_items(engine):
        found = engine.similar(SimilarRequest(item=args.item, k=args.k))
    if args.json:
        show.as_json(found)
    else:
        show.table("", ("item", "title", "score"), [(s.item, s.title, s.score) for s in found])
    return 0
