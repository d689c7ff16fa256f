"""`salience mine rules`: what goes with what."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from salience.cli import plots, show
from salience.cli.home import open_engine
from salience.cli.items import titles_of
from salience.cli.parser import Parser, number, one_of, whole

if TYPE_CHECKING:
    from salience.mine import Rule

SURE = 1e-15  # nobody reads more zeros than these


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument(
        "--by",
        type=one_of("user", "visit", "order"),
        default="user",
        help="what is a basket: user, visit, order (user)",
    )
    parser.add_argument("--min-support", type=number(0, 1), default=0.05, help="share of baskets with both (0.05)")
    parser.add_argument("--min-confidence", type=number(0, 1), default=0.5, help="share of `if` with `then` (0.5)")
    parser.add_argument("--all", action="store_true", help="also rules that say nothing beyond others")
    parser.add_argument("--limit", type=whole(1, 100_000), default=20, help="how many, strongest first (20)")
    parser.add_argument("--plot", metavar="FILE", help="also a picture of them, .svg or .png")


def run(args: Namespace) -> int:
    """Print the rules."""
    plots.check(args.plot)
    with open_engine(args, read_only=True) as engine:
        rules = engine.rules(
            min_support=args.min_support,
            min_confidence=args.min_confidence,
            limit=args.limit,
            by=args.by,
            every=args.all,
        )
        titles = {} if args.json and not args.plot else titles_of(engine)
        paid = {} if args.json else engine.paid(args.by)
    if args.plot:
        rows = [(told(rule, titles), rule.lift, f"{rule.lift:.1f} x, {rule.confidence:.0%}") for rule in rules]
        plots.write(args.plot, plots.bars("How much more often they go together than by chance", rows))
    if args.json:
        show.as_json(rules)
    else:
        print_rules(rules, titles, paid)
    return 0


def told(rule: Rule, titles: Mapping[str, str]) -> str:
    """``tea + milk -> sugar`` in titles."""
    left = " + ".join(titles.get(item, item) for item in rule.left)
    return f"{left} -> {titles.get(rule.right, rule.right)}"


def print_rules(rules: Sequence[Rule], titles: Mapping[str, str], paid: Mapping[str, float]) -> None:
    """One line per rule, with titles instead of ids; money where ``paid`` knows what an item brings in a basket."""
    if not rules:
        show.say("no rules found; lower --min-support or --min-confidence, or import more events")
        return
    rows = [
        (
            " + ".join(titles.get(item, item) for item in rule.left),
            titles.get(rule.right, rule.right),
            rule.left_count,
            rule.count,
            f"{rule.support:.2%}",
            f"{rule.confidence:.0%}",
            f"{rule.right_count / baskets_of(rule):.1%}",
            f"{rule.lift:.1f}",
            round(beyond(rule)),
            *((f"{beyond(rule) * paid.get(rule.right, 0.0):,.0f}",) if paid else ()),
            "< 1e-15" if rule.q_value < SURE else f"{rule.q_value:.1e}",
        )
        for rule in rules
    ]
    money = ("money",) if paid else ()
    columns = ("if", "then", "have if", "have both", "support", "confidence", "of all", "lift", "beyond chance", *money)
    show.table("", (*columns, "q"), rows)
    print(f"of {baskets_of(rules[0]):,} baskets; `of all`: the share of them that hold `then` anyway; `beyond chance`: "
          "baskets with both, less those that chance would give")  # fmt: skip
    if paid:
        print(
            "`money`: what was paid for `then` in the baskets beyond chance; those with `if` alone are whom to ask next"
        )


def baskets_of(rule: Rule) -> int:
    """All that were looked at."""
    return round(rule.count / rule.support)


def beyond(rule: Rule) -> float:
    """Baskets with both sides, beyond what chance would give."""
    return rule.leverage * baskets_of(rule)
