"""`salience mine sentiment`: how pleased people sound, by category or item."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.items import titles_of
from salience.cli.parser import Parser, one_of, whole

SHOWN = 30


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("--by", metavar="category|item", type=one_of("category", "item"), default="category",
                        help="what is compared (category)")  # fmt: skip
    parser.add_argument("--keep", action="store_true", help="keep it as the items' field learned.sentiment")
    parser.add_argument(
        "--tell",
        action="store_true",
        help="write how pleased each person sounds as predicted:mood, for 30 days",
    )
    parser.add_argument("--least", type=whole(1, 100_000), default=5, help="leave out what has fewer texts (5)")


def run(args: Namespace) -> int:
    """One line a group, most texts first."""
    with open_engine(args, read_only=not (args.keep or args.tell)) as engine:
        found = engine.opinions(by=args.by, least=args.least)
        if args.keep:
            items = engine.opinions(by="item", least=args.least).opinions
            kept = engine.keep_learned("sentiment", {one.group: one.sentiment for one in items})
            show.say(f"kept for {kept:,} items")
        if args.tell:
            show.say(f"{engine.tell('mood', found.of_people):,} people told: segments can ask about predicted:mood")
        titles = titles_of(engine)
    if args.json:
        show.as_json(found)
        return 0
    rows = [
        (titles.get(one.group, one.group), one.texts, f"{one.sentiment:+.2f}", f"{one.pleased:.0%}",
         f"{one.displeased:.0%}", "" if one.grade is None else f"{one.grade:.2f}")
        for one in found.opinions[:SHOWN]
    ]  # fmt: skip
    show.table("", (args.by, "texts", "sentiment", "pleased", "displeased", "grade"), rows)
    show.line(f"sentiment from -1 to 1, learned from {found.learned_from}; grades as a share of their scale")
    show.line(f"most pleased: {found.best}")
    show.line(f"least pleased: {found.worst}")
    return 0
