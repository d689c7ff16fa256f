"""`salience mine keywords`: the words that one group of items has more than the others."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.items import titles_of
from salience.cli.mine.topics import SOURCES
from salience.cli.parser import Parser, one_of, whole


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument(
        "--of", metavar="|".join(SOURCES), type=one_of(*SOURCES), default="reviews", help="which texts (reviews)"
    )
    parser.add_argument("--by", metavar="category|item", type=one_of("category", "item"), default="category",
                        help="what is compared (category)")  # fmt: skip
    parser.add_argument("--limit", type=whole(1, 100), default=8, help="words of each group (8)")


def run(args: Namespace) -> int:
    """One line a group."""
    with open_engine(args, read_only=True) as engine:
        found = engine.keywords(args.of, by=args.by, most=args.limit)
        titles = titles_of(engine)
    if args.json:
        show.as_json(found)
        return 0
    groups = list(dict.fromkeys(one.group for one in found))
    rows = [
        (titles.get(g, g), ", ".join(f"{one.word} (x{one.times:g})" for one in found if one.group == g)) for g in groups
    ]
    show.table("", (args.by, "said more often than of the others (how many times)"), rows)
    show.line("5 % of these words may be there by chance")
    return 0
