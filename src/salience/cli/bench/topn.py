"""`salience bench topn`: rank all items that a user did not have."""

from __future__ import annotations

from argparse import Namespace

from salience.cli.bench import files, report, written


def run(args: Namespace) -> int:
    """Read, choose, recommend, print."""
    written.check(args.out)
    train = files.histories("train", args.train)
    valid = files.histories("valid", args.valid) if args.valid else {}
    test = files.histories("test", args.test) if args.test else {}
    friends = files.links("users", args.users) if args.users else []
    from salience.train.bench_topn import topn

    return report.finish(args, lambda bench: topn(train, valid, test, args.k or 20, bench, friends))
