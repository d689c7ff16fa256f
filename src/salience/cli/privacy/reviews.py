"""`salience privacy reviews`: decisions that people contest; a human decides, by name and with a reason."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, one_of


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument(
        "review", metavar="REVIEW", nargs="?", help="which one to decide; without it: list those that wait"
    )
    parser.add_argument(
        "--verdict", type=one_of("upheld", "changed", "withdrawn"), default="upheld", help="what was decided"
    )
    parser.add_argument("--by", default="", help="who decided")
    parser.add_argument("--why", default="", help="the reason, for the person")


def run(args: Namespace) -> int:
    """Print what waits."""
    with open_engine(args, read_only=not args.review) as engine:
        if args.review:
            engine.decide_review(args.review, args.verdict, reviewer=args.by, why=args.why)
        found = [(one, engine.review_reason(one)) for one in engine.reviews(open_only=not args.review)]
    if args.json:
        show.as_json(
            [
                {"id": r.id, "decision": r.decision, "asked": r.asked, "reason": why, "verdict": r.verdict}
                for r, why in found
            ]
        )
    else:
        show.table(
            "", ("review", "decision", "reason", "verdict"), [(r.id, r.decision, why, r.verdict) for r, why in found]
        )
    return 0
