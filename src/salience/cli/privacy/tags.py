"""`salience privacy tags USER`: what is said of a person and by whom; take a tag off for good, or correct it."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser
from salience.events.fault import InvalidInput


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("user", metavar="USER", help="whose; visitors are written anon:ID")
    parser.add_argument("--remove", metavar="TAG", default="", help="take it off; nothing brings it back")
    parser.add_argument(
        "--correct", metavar="TAG=VALUE", default="", help="set a trait right; an empty value forgets it"
    )


def run(args: Namespace) -> int:
    """Print the tags as they are now."""
    name, equals, value = args.correct.partition("=")
    if args.correct and not equals:
        raise InvalidInput("correct", args.correct, "must be TAG=VALUE", "e.g. --correct town=Utrecht")
    with open_engine(args, read_only=not (args.remove or args.correct)) as engine:
        if args.remove:
            tags = engine.remove_tag(args.user, args.remove, actor="cli")
        elif args.correct:
            tags = engine.rectify(args.user, {name: value or None}, actor="cli")
        else:
            tags = engine.tags(args.user)
    if args.json:
        show.as_json(tags)
    else:
        show.table("", ("tag", "value", "source"), [(tag.name, tag.value, tag.source) for tag in tags])
    return 0
