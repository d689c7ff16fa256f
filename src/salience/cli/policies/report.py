"""`salience policies report`: the counterfactual report of a loop."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser


def add(parser: Parser) -> None:
    """Which policies."""
    parser.add_argument("--policies", metavar="NAMES", default="", help="between commas, besides baseline and random")


def run(args: Namespace) -> int:
    """One part a slot: verdicts, estimates, support."""
    names = tuple(name.strip() for name in args.policies.split(",") if name.strip())
    with open_engine(args, read_only=True) as engine:
        told = engine.report(args.loop, policies=names)
    if args.json:
        show.as_json(told)
        return 0
    left = "; ".join(f"{count:,} {why}" for why, count in told.left_out.items())
    print(
        f"loop {told.loop}: {told.decisions:,} decisions, {told.judged:,} can be judged{f' ({left})' if left else ''}"
    )
    if told.holdout[0]:
        print(f"held out: {told.holdout[0]:,} decisions earned {told.holdout[1]:.4f} each")
    if not told.slots:
        print("not enough data: nothing can be said yet")
    from salience.cli.bench.ope import tell

    for slot, report in told.slots.items():
        if slot:
            print(f"\nslot {slot}")
        tell(report)
    return 0
