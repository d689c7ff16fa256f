"""`salience mine rules`: what goes with what."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.items import titles_of
from salience.cli.parser import Parser, number, whole

if TYPE_CHECKING:
    from salience.mine import Rule


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("--min-support", type=number(0, 1), default=0.05, help="share of people with both (0.05)")
    parser.add_argument("--min-confidence", type=number(0, 1), default=0.5, help="share of `if` with `then` (0.5)")
    parser.add_argument("--limit", type=whole(1, 100_000), default=20, help="how many, strongest first (20)")


def run(args: Namespace) -> int:
    """Print the rules."""
    with open_engine(args, read_only=True) as engine:
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
