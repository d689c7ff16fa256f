"""`salience mine topics`: what people write, search, or the catalogue says, as topics."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.items import titles_of
from salience.cli.parser import Parser, one_of, whole
from salience.events.fault import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from salience.engine.understanding import TopicReport

SOURCES = ("reviews", "searches", "catalogue")
NAMED = 2  # items of a topic in the table; --json has more


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument(
        "--of", metavar="|".join(SOURCES), type=one_of(*SOURCES), default="reviews", help="which texts (reviews)"
    )
    parser.add_argument("--k", type=whole(2, 200), help="how many; else as many as come back in halves of the texts")
    parser.add_argument("--keep", action="store_true", help="keep each item's main topic as its field learned.topic")
    parser.add_argument(
        "--tell",
        action="store_true",
        help="write each person's main topic as predicted:interest, for 30 days",
    )
    parser.add_argument("--seed", type=whole(0, 2**31 - 1), default=0, help="of the halves (0)")


def run(args: Namespace) -> int:
    """Print the topics."""
    if args.tell and args.of == "catalogue":
        raise InvalidInput("tell", "", "is for what people wrote or searched for", "--of reviews or searches")
    with open_engine(args, read_only=not (args.keep or args.tell)) as engine:
        found = engine.topics(args.of, k=args.k, seed=args.seed)
        if args.keep:
            show.say(f"kept for {engine.keep_learned('topic', found.of_items):,} items")
        if args.tell:
            mains = {who: topic for who, (topic, _) in found.of_people.items()}
            told = engine.tell("interest", mains, shares={who: part for who, (_, part) in found.of_people.items()})
            show.say(f"{told:,} people told: segments can ask about predicted:interest")
        if args.json:
            show.as_json(found)
        else:
            tell(found, titles_of(engine))
    return 0


def tell(found: TopicReport, titles: Mapping[str, str]) -> None:
    """One line a topic, then how far they can be trusted."""
    rows = [
        (
            topic.name,
            topic.texts,
            f"{topic.share:.0%}",
            f"{topic.stability:.2f}",
            "" if mood is None else f"{mood:+.2f}",
            "; ".join(titles.get(item, item) for item in items[:NAMED]),
        )
        for topic, mood, items in zip(found.topics, found.sentiment, found.items, strict=True)
    ]
    show.table("", ("topic", "texts", "share", "stability", "sentiment", "most about"), rows)
    spoken = ", ".join(f"{code} {count:,}" for code, count in list(found.languages.items())[:4])
    show.line(f"{len(rows)} topics of {found.texts:,} {found.source} ({spoken}): {found.reason}")
    if any(mood is not None for mood in found.sentiment):
        show.line(f"sentiment from -1 to 1, learned from {found.sentiment_from}")
    if found.caution:
        show.line(found.caution)
