"""`salience bench text`: which label a text has."""

from __future__ import annotations

from argparse import Namespace

from salience.cli.bench import report, written
from salience.cli.bench.labelled import labelled
from salience.cli.parser import Parser, one_of


def add(parser: Parser) -> None:
    """What the task takes."""
    parser.add_argument("--train", metavar="FILE", required=True, help="lines `label text`; CSV, JSON lines too")
    parser.add_argument("--test", metavar="FILE", required=True, help="as --train; only scored")
    parser.add_argument(
        "--embedder", metavar="NAME", type=one_of("multilingual"), help="also vectors: multilingual (extra `text`)"
    )


def run(args: Namespace) -> int:
    """Read, choose, tell, print."""
    written.check(args.out)
    train, layout = labelled("train", args.train)
    test, _ = labelled("test", args.test, layout)
    from salience.train.bench_text import embedder_of, text

    return report.finish(args, lambda bench: text(train, test, bench, embedder_of(args.embedder)))
