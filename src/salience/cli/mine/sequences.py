"""`salience mine sequences`: what people do one after the other."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import plots, show
from salience.cli.home import open_engine
from salience.cli.items import titles_of
from salience.cli.parser import Parser, number, one_of, whole


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument(
        "--by", type=one_of("step", "item", "category"), default="step", help="of steps, items or categories (step)"
    )
    parser.add_argument(
        "--within",
        type=one_of("user", "visit"),
        default="user",
        help="over all of a person's time, or in a visit (user)",
    )
    parser.add_argument("--min-support", type=number(0, 1), default=0.05, help="share of people, or visits (0.05)")
    parser.add_argument("--longest", type=whole(1, 20), default=5, help="steps of a pattern at most (5)")
    parser.add_argument("--limit", type=whole(1, 100_000), default=20, help="how many, most frequent first (20)")
    parser.add_argument("--plot", metavar="FILE", help="also a picture of them, .svg or .png")


def run(args: Namespace) -> int:
    """Print the patterns of two steps and more."""
    plots.check(args.plot)
    with open_engine(args, read_only=True) as engine:
        every = engine.sequences(
            by=args.by, within=args.within, min_support=args.min_support, longest=args.longest, limit=10**6
        )
        titles = titles_of(engine) if args.by == "item" else {}
    found = [pattern for pattern in every if len(pattern.steps) > 1][: args.limit]
    names = [" > ".join(titles.get(step, step) for step in pattern.steps) for pattern in found]
    if args.plot:
        rows = [(name, one.support, f"{one.support:.1%}") for name, one in zip(names, found, strict=True)]
        plots.write(args.plot, plots.bars("One after the other", rows))
    if args.json:
        show.as_json(found)
    elif not found:
        show.say("no pattern of two steps; lower --min-support")
    else:
        told = [
            (name, one.count, one.support, one.confidence, one.lift or 1.0)
            for name, one in zip(names, found, strict=True)
        ]
        show.table("", ("in this order", f"{args.within}s", "support", "confidence of the last", "lift"), told)
    return 0
