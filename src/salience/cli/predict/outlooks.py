"""What `predict churn`, `predict leads` and `predict next` share: their options, and how predictions are told."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, number, whole

if TYPE_CHECKING:
    from salience.engine.predicting import Predictions

SHOWN = 10
DEEDS = ("view", "click", "cart", "purchase", "rating", "share", "message", "impression")


def options(parser: Parser) -> None:
    """What every kind takes."""
    parser.add_argument("--days", type=whole(1, 3650), default=30, help="how far to look ahead (30)")
    parser.add_argument("--minutes", type=number(0, 10_080), default=2.0, help="try no further settings after (2)")
    parser.add_argument("--seed", type=whole(0, 2**31 - 1), default=0, help="same log, seed, settings: same answer (0)")
    parser.add_argument(
        "--limit", type=whole(1, 1_000_000), default=1000, help="how many people, likeliest first (1000)"
    )
    parser.add_argument(
        "--publish", action="store_true", help="keep the predictor; tell the scores to the log as fields"
    )
    parser.add_argument("--rescore", action="store_true", help="learn nothing: score with what was published last")


def finish(args: Namespace, goal: Literal["churn", "leads", "next"]) -> int:
    """Learn or load, print."""
    from salience.cli.bench.meter import meter
    from salience.events.fault import InvalidInput

    if args.publish and args.rescore:
        raise InvalidInput("rescore", "yes", "does not go with --publish", "give one of them")
    with open_engine(args, read_only=not (args.publish or args.rescore)) as engine, show.progress() as progress:
        if args.rescore:
            found = engine.rescore(goal, limit=args.limit, progress=progress)
        else:
            found = engine.predict(
                goal,
                meter,
                days=args.days,
                deed=getattr(args, "deed", "purchase"),
                minutes=args.minutes,
                seed=args.seed,
                limit=args.limit,
                publish=args.publish,
                progress=progress,
            )
    if args.json:
        show.as_json(found)
    else:
        tell(found)
    return 0


def _day(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).date().isoformat()


def tell(found: Predictions) -> None:
    """The verdict, the leaderboard, what it looks at, and the people."""
    card, gain = found.card, found.card.gain
    what = {"churn": "will do nothing", "leads": f"will do: {card.deed}", "next": "what category comes first"}[
        card.goal
    ]
    print(f"{what} in the {card.days} days after {_day(card.as_of)}: {card.verdict}")
    print(f"log loss saved a row {gain.value:.4f} (95 % interval {gain.low:.4f} to {gain.high:.4f}), {card.judged_on}")
    rows = [(one.name, f"{one.value:.4f}", f"{one.low:.4f} to {one.high:.4f}", f"{one.seconds:.1f}")
            for one in card.leaderboard]  # fmt: skip
    metric = "auc" if card.auc is not None else "accuracy"
    show.table(f"{card.rows:,} rows of {card.people:,} people", ("model", metric, "95 % interval", "seconds"), rows)
    weights = [(one.column, f"{one.loss:.4f}", f"{one.low:.4f} to {one.high:.4f}") for one in card.importances[:SHOWN]]
    show.table("what it looks at", ("column", "log loss without it", "95 % interval"), weights)
    people = [(one.user, one.outcome, f"{one.chance:.2f}", "; ".join(f"{r.column} {r.value}" for r in one.reasons))
              for one in found.people[:SHOWN]]  # fmt: skip
    show.table("likeliest", ("person", "outcome", "chance", "because of"), people)
    for warning in card.warnings:
        print(f"warning: {warning}")
    if found.version:
        print(f"published as {found.version}; {found.told:,} people have it as a field for {card.days} days")
