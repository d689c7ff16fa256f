"""`salience bench session`: the next item of a session, from its prefix; items may come again."""

from __future__ import annotations

from argparse import Namespace

from salience.cli.bench import files, report, written


def run(args: Namespace) -> int:
    """Read, choose, rank, print."""
    written.check(args.out)
    train, tests = files.sessions("train", args.train), files.tests("test", args.test)
    from salience.train.bench_sequence import session

    return report.finish(args, lambda bench: session(train, tests, args.k or 20, bench))
