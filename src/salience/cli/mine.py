"""`salience mine rules|segments`: what goes with what, and who is alike."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.items import titles_of
from salience.cli.parser import Parser, number, one_of, whole

if TYPE_CHECKING:
    from salience.mine import Rule, Segmentation

NAMED = 3  # item titles that describe a segment in the table; --json has all


def add(parser: Parser) -> None:
    """What the verb takes."""
    parser.add_argument("what", metavar="rules|segments", type=one_of("rules", "segments"), help="which pattern")
    parser.add_argument(
        "--min-support", type=number(0, 1), default=0.05, help="rules: share of people with both (0.05)"
    )
    parser.add_argument(
        "--min-confidence", type=number(0, 1), default=0.5, help="rules: share of `if` with `then` (0.5)"
    )
    parser.add_argument("--limit", type=whole(1, 100_000), default=20, help="rules: how many, strongest first (20)")
    parser.add_argument("--k", type=whole(2, 1000), help="segments: how many; else the number that separates best")
    parser.add_argument("--seed", type=whole(0, 2**31 - 1), default=0, help="segments: where the search starts (0)")


def run(args: Namespace) -> int:
    """Print the patterns."""
    with open_engine(args, read_only=True) as engine:
        if args.what == "segments":
            found = engine.segments(k=args.k, seed=args.seed)
            if args.json:
                show.as_json(plain(found))
            else:
                print_segments(found, titles_of(engine))
            return 0
        rules = engine.rules(min_support=args.min_support, min_confidence=args.min_confidence, limit=args.limit)
        if args.json:
            show.as_json(rules)
        else:
            print_rules(rules, titles_of(engine))
    return 0


def print_rules(rules: Sequence[Rule], titles: Mapping[str, str]) -> None:
    """One line per rule, with titles instead of ids."""
    if not rules:
        show.say("no rules found; lower --min-support or --min-confidence, or import more events")
        return
    rows = [
        (
            " + ".join(titles.get(item, item) for item in rule.left),
            titles.get(rule.right, rule.right),
            rule.support,
            rule.confidence,
            rule.lift,
            rule.q_value,
        )
        for rule in rules
    ]
    show.table("", ("if", "then", "support", "confidence", "lift", "q"), rows)


def print_segments(found: Segmentation, titles: Mapping[str, str]) -> None:
    """One line per segment, then how far they can be trusted."""
    rows = [
        (
            segment.name,
            segment.size,
            f"{segment.share:.0%}",
            "" if segment.stability is None else f"{segment.stability:.2f}",
            "; ".join(titles.get(item, item) for item in segment.items[:NAMED]),
        )
        for segment in found.segments
    ]
    show.table("", ("segment", "people", "share", "stability", "for example"), rows)
    for line in (f"{found.k} segments: {found.reason}", found.caution):
        if line:
            print(line)


def plain(found: Segmentation) -> dict[str, Any]:
    """For JSON: the segments and each person's, without the arithmetic."""
    names = [segment.name for segment in found.segments]
    labels = zip(found.users.names, found.labels.tolist(), strict=True)
    return {
        "segments": found.segments,
        "k": found.k,
        "reason": found.reason,
        "caution": found.caution,
        "silhouette": found.silhouette,
        "stability": found.stability,
        "unplaced": found.unplaced,
        "people": {user: names[label] for user, label in labels if label >= 0},
    }
