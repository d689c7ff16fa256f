"""`salience bench experiments`: a finished experiment out of a table; or, without one, how well methods would do."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from salience.cli import show
from salience.cli.bench.cells import cells
from salience.cli.experiments.shares import shares
from salience.cli.parser import Parser, did_you_mean, number, whole
from salience.events.fault import InvalidInput

if TYPE_CHECKING:
    from salience.optimise.experiments.once import Once
    from salience.optimise.experiments.sums import Floats


def add(parser: Parser) -> None:
    """What the task takes."""
    parser.add_argument("--file", metavar="CSV", help="a unit a row: its arm and what came of it")
    parser.add_argument("--arm", metavar="COLUMN", default="arm", help="which arm (`arm`)")
    parser.add_argument("--control", metavar="VALUE", default="control", help="the arm to compare with (`control`)")
    parser.add_argument("--outcome", metavar="COLUMNS", help="what came of it, between commas")
    parser.add_argument("--per", metavar="COLUMN", help="judge outcome over this as a ratio, e.g. clicks over views")
    parser.add_argument("--before", metavar="COLUMN", help="the same of the time before, to be taken out (CUPED)")
    parser.add_argument("--shares", metavar="ARM=SHARE,...", type=shares, help="that were meant (the same for each)")
    parser.add_argument("--rate", type=number(0, 0.99), default=0.1, help="without a file: the control's rate (0.1)")
    parser.add_argument("--units", type=whole(100, 10**7), default=10_000, help="without a file: units an arm (10,000)")
    parser.add_argument("--looks", type=whole(1, 500), default=200, help="without a file: how often one looks (200)")
    parser.add_argument("--runs", type=whole(100, 100_000), default=4_000, help="without a file: experiments (4,000)")


def run(args: Namespace) -> int:
    """Judge the table, or simulate."""
    if args.file is None:
        return _simulated(args)
    from salience.optimise.experiments.once import once

    table = cells("file", args.file)
    if not args.outcome:
        raise InvalidInput("outcome", "", "says what came of each unit", "e.g. --outcome orders,revenue")
    outcomes = {name.strip(): _numbers(table, "outcome", name.strip()) for name in args.outcome.split(",")}
    before = _numbers(table, "before", args.before, gaps=True) if args.before else None
    per = _numbers(table, "per", args.per) if args.per else None
    arms = _column(table, "arm", args.arm)
    found = once(arms, outcomes, control=args.control, before=before, per=per, shares=args.shares)
    if args.json:
        show.as_json({"task": "experiments", "file": args.file, "judged": found})
    else:
        _tell(found)
    return 0


def _tell(found: Once) -> None:
    print(found.verdict)
    print("units: " + ", ".join(f"{arm} {count:,}" for arm, count in found.units.items()))
    rows = [
        (
            one.outcome,
            one.arm,
            one.control,
            one.treated,
            "" if one.lift is None else f"{one.lift:+.1%}",
            "no bounds"
            if one.lift_low is None or one.lift_high is None
            else f"{one.lift_low:+.1%} and {one.lift_high:+.1%}",
            f"{one.p:.4f}",
            f"{one.adjusted:.4f}",
            one.verdict,
        )
        for one in found.compared
    ]
    show.table("", ("outcome", "arm", "control", "arm's", "change", "between", "p", "p of all", ""), rows)
    print("judged once: this holds if nobody looked before and would have stopped")


def _simulated(args: Namespace) -> int:
    from salience.optimise.experiments.peeking import RULES, called, detectable, rates

    more = detectable(args.rate, args.units)
    worlds = [
        rates(args.runs, rate=args.rate, more=gain, units=args.units, looks=args.looks, seed=args.seed + at)
        for at, gain in enumerate((0.0, more))
    ]
    rows = []
    for name, rule in RULES.items():
        null, effect = (called(world, rule) for world in worlds)
        rows.append((name, null.share, effect.share, effect.used))
    if args.json:
        names = ("method", "false_alarms", "power", "used")
        found = [dict(zip(names, row, strict=True)) for row in rows]
        show.as_json({"task": "experiments", "effect": more, "runs": args.runs, "seed": args.seed, "methods": found})
        return 0
    told = [(name, f"{null:.1%}", f"{power:.1%}", f"{used:.0%}") for name, null, power, used in rows]
    show.table("", ("method", "calls nothing a success", "finds the effect", "of the units it uses"), told)
    print(f"{args.runs:,} experiments, {args.looks} looks each, {args.units:,} units an arm at a rate of {args.rate:g}")
    print(f"the effect (+{more:.4f}) is what one look at the end finds in 80 %")
    return 0


def _column(table: dict[str, list[str]], option: str, name: str) -> list[str]:
    if name not in table:
        raise InvalidInput(option, name, "is no column", did_you_mean(name, table, f"there are {', '.join(table)}"))
    return table[name]


def _numbers(table: dict[str, list[str]], option: str, name: str, *, gaps: bool = False) -> Floats:
    """A column of numbers; only the time before may have gaps."""
    import numpy as np

    from salience.optimise.ope.log import numbers

    found = numbers(_column(table, option, name))
    if not gaps and np.isnan(found).any():
        row = int(np.isnan(found).argmax()) + 2
        raise InvalidInput(option, name, f"line {row} of the file holds no number", "fill it, or leave the row out")
    return found
