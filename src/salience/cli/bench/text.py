"""`salience bench text`: which label a text has."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import show
from salience.cli.bench import report, written
from salience.cli.bench.labelled import labelled
from salience.cli.parser import Parser, one_of, whole
from salience.events.fault import InvalidInput


def add(parser: Parser) -> None:
    """What the task takes."""
    parser.add_argument("--train", metavar="FILE", required=True, help="lines `label text`; CSV, JSON lines too")
    parser.add_argument("--test", metavar="FILE", help="as --train; only scored")
    parser.add_argument("--folds", type=whole(2, 100), help="instead of --test: test --train on itself, by folds")
    parser.add_argument(
        "--embedder", metavar="NAME", type=one_of("multilingual"), help="also vectors: multilingual (extra `text`)"
    )


def run(args: Namespace) -> int:
    """Read, choose, tell, print."""
    written.check(args.out)
    if (args.test is None) == (args.folds is None):
        raise InvalidInput("test", args.test or "", "give one of --test and --folds", "e.g. --folds 10")
    train, layout = labelled("train", args.train)
    known = [row for row in train if row[0]]
    if len(known) < len(train):
        show.say(f"{len(train) - len(known):,} of {len(train):,} rows have no label and are left out")
        train = known
    from salience.train.bench_text import embedder_of, folded, text

    if args.folds:
        return report.finish(args, lambda bench: folded(train, args.folds, bench, embedder_of(args.embedder)))
    test, _ = labelled("test", args.test, layout)
    return report.finish(args, lambda bench: text(train, test, bench, embedder_of(args.embedder)))
