"""`salience bench rating`: how somebody would rate something."""

from __future__ import annotations

from argparse import Namespace

from salience.cli.bench import ratings, report, side_data, written
from salience.cli.parser import Parser


def add(parser: Parser) -> None:
    """What the task takes."""
    parser.add_argument("--train", metavar="FILE", required=True, help="columns user, item, rating and, if known, time")
    parser.add_argument("--test", metavar="FILE", required=True, help="as --train; only scored")
    parser.add_argument("--users", metavar="FILE", help="side data: user, then attributes")
    parser.add_argument("--items", metavar="FILE", help="side data: item, then attributes")


def run(args: Namespace) -> int:
    """Read, choose, predict, print."""
    written.check(args.out)
    train, test = ratings.ratings(args.train, args.test)
    traits = side_data.attributes("users", args.users, train.users) if args.users else None
    attributes = side_data.attributes("items", args.items, train.items) if args.items else None
    from dataclasses import replace

    from salience.train.bench_rating import rating

    known = replace(train, traits=traits, attributes=attributes)
    return report.finish(args, lambda bench: rating(known, test, bench))
