"""`salience bench topn`: rank all items that a user did not have."""

from __future__ import annotations

from argparse import Namespace

from salience.cli.bench import files, report, written
from salience.cli.parser import Parser, whole


def add(parser: Parser) -> None:
    """What the task takes."""
    parser.add_argument("--train", metavar="FILE", required=True, help="lines `user item item ...`")
    parser.add_argument("--valid", metavar="FILE", help="validation part, as --train; else one is cut from it")
    parser.add_argument("--test", metavar="FILE", help="as --train; only scored")
    parser.add_argument("--users", metavar="FILE", help="links, `user friend`")
    parser.add_argument("--k", type=whole(1, 1000), default=20, help="length of a list (20)")


def run(args: Namespace) -> int:
    """Read, choose, recommend, print."""
    written.check(args.out)
    train = files.histories("train", args.train)
    valid = files.histories("valid", args.valid) if args.valid else {}
    test = files.histories("test", args.test) if args.test else {}
    friends = files.links("users", args.users) if args.users else []
    from salience.train.bench_topn import topn

    return report.finish(args, lambda bench: topn(train, valid, test, args.k, bench, friends))
