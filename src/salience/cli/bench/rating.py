"""`salience bench rating`: how somebody would rate something."""

from __future__ import annotations

from argparse import Namespace

from salience.cli.bench import ratings, report, written


def run(args: Namespace) -> int:
    """Read, choose, predict, print."""
    written.check(args.out)
    train, test = ratings.ratings(args.train, args.test)
    from salience.train.bench_rating import rating

    return report.finish(args, lambda bench: rating(train, test, bench))
