"""`salience bench next`: the last item of each user's sequence, from what came before it."""

from __future__ import annotations

from argparse import Namespace

from salience.cli.bench import files, report, written
from salience.cli.parser import Parser, whole


def add(parser: Parser) -> None:
    """What the task takes."""
    parser.add_argument("--sequences", metavar="FILE", required=True, help="lines `user item item ...`, oldest first")
    parser.add_argument("--keep-seen", action="store_true", help="items of the history may come again")
    parser.add_argument("--k", type=whole(1, 1000), default=10, help="length of a list (10)")


def run(args: Namespace) -> int:
    """Read, choose, rank, print."""
    written.check(args.out)
    sequences = files.sequences("sequences", args.sequences)
    from salience.train.bench_sequence import next_item

    return report.finish(args, lambda bench: next_item(sequences, args.k, bench, keep_seen=args.keep_seen))
