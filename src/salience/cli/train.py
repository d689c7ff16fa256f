"""`salience train`: prepare, mine, tune and publish."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from salience.cli import leaderboard, show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, number, whole

if TYPE_CHECKING:
    from salience.train.companions import Worth
    from salience.train.contexts import ContextWorth


def add(parser: Parser) -> None:
    """What the verb takes."""
    parser.add_argument(
        "--minutes", type=number(0, 10_080), default=5.0, help="stop trying settings after this long (5)"
    )
    parser.add_argument(
        "--seed", type=whole(0, 2**31 - 1), default=0, help="same data, seed and settings: same model (0)"
    )


def run(args: Namespace) -> int:
    """Train, print what was tried and what was published."""
    with open_engine(args) as engine, show.progress() as progress:
        report = engine.train(minutes=args.minutes, seed=args.seed, progress=progress)
    if args.json:
        show.as_json(report)
        return 0
    leaderboard.print_board("Tried", report.leaderboard)
    if report.card.rules is not None:
        show.say(rules_said(report.card.rules))
    if report.card.contexts is not None:
        show.say(moment_said(report.card.contexts))
    show.say(f"published {report.card.algorithm} as {report.version}")
    return 0


def rules_said(found: Worth) -> str:
    """Whether rules of baskets are used beside a page, and why."""
    if found.gain is None:
        return f"rules of {found.baskets:,} baskets are not used: {found.why}"
    moved = f"{found.gain.value:+.4f} NDCG@10 beside a page ({found.gain.low:+.4f} to {found.gain.high:+.4f})"
    return f"{found.rules:,} rules of {found.baskets:,} baskets: {found.why}, {moved}, {found.judged:,} baskets judged"


def moment_said(found: ContextWorth) -> str:
    """Whether rows go by the moment, and why."""
    if found.gain is None:
        return f"the moment is not used: {found.why}, {found.judged:,} people judged"
    moved = f"{found.gain.value:+.4f} NDCG@10 ({found.gain.low:+.4f} to {found.gain.high:+.4f})"
    fields = ", ".join(f"{name} {weight:g}" for name, weight in found.weights.items()) or "none"
    return f"fields of the moment: {fields}; {found.why}, {moved}, {found.judged:,} people judged"
