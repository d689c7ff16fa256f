"""`salience bench session`: the next item of a session, from its prefix; items may come again."""

from __future__ import annotations

from argparse import Namespace

from salience.cli.bench import files, report, written
from salience.cli.parser import Parser, whole


def add(parser: Parser) -> None:
    """What the task takes."""
    parser.add_argument("--train", metavar="FILE", required=True, help="lines `item item ...`, oldest session first")
    parser.add_argument("--test", metavar="FILE", required=True, help="lines `prefix TAB target`")
    parser.add_argument("--k", type=whole(1, 1000), default=20, help="length of a list (20)")


def run(args: Namespace) -> int:
    """Read, choose, rank, print."""
    written.check(args.out)
    train, tests = files.sessions("train", args.train), files.tests("test", args.test)
    from salience.train.bench_sequence import session

    return report.finish(args, lambda bench: session(train, tests, args.k, bench))
