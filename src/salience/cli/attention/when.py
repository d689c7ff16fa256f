"""`salience attention when USER`: the hour at which somebody is there."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, Wrong


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("user", metavar="USER", help="who; visitors are written anon:ID")
    parser.add_argument(
        "--hours",
        type=span,
        default=tuple(range(24)),
        metavar="FROM-TO",
        help="hours that are allowed, e.g. 8-20 (all)",
    )


def run(args: Namespace) -> int:
    """Print the hour and where it comes from."""
    with open_engine(args, read_only=True) as engine:
        found = engine.send_time(args.user, args.hours)
    if args.json:
        show.as_json(found)
    else:
        print(f"{found.hour:02}:00 to {found.hour:02}:59 UTC, {found.share:.0%} of what they do; {found.said}")
    return 0


def span(word: str) -> tuple[int, ...]:
    """Hours from one to the other, the last not included; over midnight, too.

    >>> span("22-1")
    (22, 23, 0)
    """
    first, dash, last = word.partition("-")
    if not (dash and first.isdigit() and last.isdigit() and int(first) < 24 and int(last) <= 24 and first != last):
        raise Wrong(word, "must be FROM-TO in whole hours", "e.g. 8-20")
    low, high = int(first), int(last)
    return tuple(hour % 24 for hour in range(low, high if high > low else high + 24))
