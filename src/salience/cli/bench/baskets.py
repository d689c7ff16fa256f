"""`salience bench baskets`: exact counts of itemsets and rules."""

from __future__ import annotations

import time
from argparse import Namespace

from salience.cli import show
from salience.cli.bench import written
from salience.cli.bench.transactions import transactions
from salience.cli.mine.rules import print_rules
from salience.cli.parser import Parser, number


def add(parser: Parser) -> None:
    """What the task takes."""
    parser.add_argument("--file", metavar="FILE", required=True, help="one transaction a line")
    parser.add_argument("--support", type=number(0, 1), required=True, help="least share of the transactions")
    parser.add_argument("--confidence", type=number(0, 1), help="also rules, with this confidence or more")


def run(args: Namespace) -> int:
    """Read, count, print."""
    written.check(args.out)
    read = transactions("file", args.file)
    from salience.cli.bench.meter import meter
    from salience.engine.mining import stakes_of
    from salience.train.bench_baskets import baskets
    from salience.train.bench_outcome import Bench

    with show.progress() as progress:
        bench = Bench(args.minutes, args.seed, time.perf_counter, meter, progress)
        patterns, columns = baskets(read, args.support, args.confidence, bench)
    written.write(args.out, columns)
    if args.json:
        show.as_json(patterns)
        return 0
    rows = [(int(size), count) for size, count in patterns.by_size.items()]
    show.table(f"{patterns.itemsets:,} itemsets in {patterns.least:,} baskets or more", ("items", "itemsets"), rows)
    if patterns.rules is not None:
        print(f"{patterns.rules:,} rules with a confidence of {patterns.confidence:g} or more")
        if patterns.best:
            print_rules(patterns.best, {}, stakes_of(patterns.best, {}))
    print(f"{patterns.seconds:.2f} s, {patterns.peak_bytes / 1e6:.0f} MB")
    return 0
