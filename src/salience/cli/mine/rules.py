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
    from salience.mine.stakes import Stake

SURE, LIKELY = 0.001, 0.05  # q below which luck is ruled out, or unlikely
NAMES = 560.0  # pixels of a picture for both sides of a rule
SORTS = {
    "lift": "How much more often they go together than by chance",
    "baskets": "Baskets with both, beyond chance",
    "money": "What was paid for the right side in the baskets beyond chance",
}


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
    parser.add_argument(
        "--sort", type=one_of(*SORTS), default="lift", help="lift, or the baskets or money surely beyond chance (lift)"
    )
    parser.add_argument("--all", action="store_true", help="also rules that say nothing beyond others")
    parser.add_argument("--limit", type=whole(1, 100_000), default=20, help="how many, strongest first (20)")
    parser.add_argument("--plot", metavar="FILE", help="also a picture of them, .svg or .png")


def run(args: Namespace) -> int:
    """Print the rules."""
    from salience.engine.mining import stakes_of

    plots.check(args.plot)
    with open_engine(args, read_only=True) as engine:
        rules = engine.rules(
            min_support=args.min_support,
            min_confidence=args.min_confidence,
            limit=args.limit,
            by=args.by,
            every=args.all,
            sort=args.sort,
        )
        titles = {} if args.json and not args.plot else titles_of(engine)
        paid = engine.paid(args.by)
    worth = stakes_of(rules, paid)
    if args.plot:
        rows = [(told(rule, titles), *_bar(rule, one, args.sort)) for rule, one in zip(rules, worth, strict=True)]
        plots.write(args.plot, plots.bars(SORTS[args.sort], rows, names=NAMES))
    if args.json:
        pairs = zip(rules, worth, strict=True)
        show.as_json([show.fields(rule) | {"beyond_chance": show.fields(one)} for rule, one in pairs])
    else:
        print_rules(rules, titles, worth)
    return 0


def _bar(rule: Rule, worth: Stake, sort: str) -> tuple[float, str]:
    """How long, and what is written at its end."""
    if sort == "lift":
        return rule.lift, f"{rule.lift:.1f} x, {rule.confidence:.0%}"
    value = worth.baskets if sort == "baskets" else worth.money or 0.0
    return max(value, 0.0), f"{value:,.0f}, {rule.confidence:.0%}"


def told(rule: Rule, titles: Mapping[str, str]) -> str:
    """``tea + milk -> sugar`` in titles."""
    left = " + ".join(titles.get(item, item) for item in rule.left)
    return f"{left} -> {titles.get(rule.right, rule.right)}"


def print_rules(rules: Sequence[Rule], titles: Mapping[str, str], worth: Sequence[Stake]) -> None:
    """One line per rule, with titles instead of ids, and money where there are prices."""
    if not rules:
        show.say("no rules found; lower --min-support or --min-confidence, or import more events")
        return
    priced = worth[0].money is not None
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
            f"{one.baskets:,.0f} ({one.baskets_low:,.0f} to {one.baskets_high:,.0f})",
            *((f"{one.money or 0:,.0f} ({one.money_low or 0:,.0f} to {one.money_high or 0:,.0f})",) if priced else ()),
            "ruled out" if rule.q_value < SURE else "unlikely" if rule.q_value < LIKELY else "possible",
        )
        for rule, one in zip(rules, worth, strict=True)
    ]
    money = ("money",) if priced else ()
    columns = ("if", "then", "have if", "have both", "support", "confidence", "of all", "lift", "beyond chance", *money)
    show.table("", (*columns, "luck"), rows)
    show.line(
        f"of {baskets_of(rules[0]):,} baskets; `of all`: the share of them that hold `then` anyway; `beyond chance`: "
        "baskets with both, less those that chance would give, with the 95 % interval"
    )
    if priced:
        show.line(
            "`money`: what was paid for `then` in the baskets beyond chance, prices as they were. It goes along with "
            "`if` today; what an offer to those with `if` alone would add, only an experiment tells"
        )
    show.line(
        "`luck`: whether chance could make such a rule, all rules in mind (below 0.1 %: ruled out; below 5 %: unlikely)"
    )


def baskets_of(rule: Rule) -> int:
    """All that were looked at."""
    return round(rule.count / rule.support)
