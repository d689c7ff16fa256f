"""`salience bench next`: the last item of each user's sequence, from what came before it."""

from __future__ import annotations

from argparse import Namespace

from salience.cli.bench import files, report, written


def run(args: Namespace) -> int:
    """Read, choose, rank, print."""
    written.check(args.out)
    sequences = files.sequences("sequences", args.sequences)
    from salience.train.bench_sequence import next_item

    return report.finish(args, lambda bench: next_item(sequences, args.k or 10, bench, keep_seen=args.keep_seen))
