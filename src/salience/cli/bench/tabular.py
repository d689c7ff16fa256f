"""`salience bench tabular`: how likely each row is to be of a class (will buy, will leave, ...)."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from salience.cli import show
from salience.cli.bench import report, written
from salience.cli.bench.cells import column_of, table
from salience.cli.parser import Parser, one_of

if TYPE_CHECKING:
    from salience.train.bench_tabular import Tabular

SHOWN = 10  # columns in the table of importances; --json has all


def add(parser: Parser) -> None:
    """What the task takes."""
    parser.add_argument("--train", metavar="CSV", required=True, help="a table, with a line of names or without")
    parser.add_argument("--target", metavar="COLUMN", required=True, help="its name, its place from 1, or `last`")
    parser.add_argument(
        "--test", metavar="CSV", required=True, help="as --train, with the target or without; only scored"
    )
    parser.add_argument("--positive", metavar="VALUE", help="of the target, whose probability is told (the rarer one)")
    parser.add_argument("--ignore", metavar="COLUMNS", help="not to learn from, between commas")
    parser.add_argument(
        "--order", type=one_of("auto", "time", "random"), default="auto",
        help="auto, time or random: whether later rows are later in time (auto: see whether the test part looks so)",
    )  # fmt: skip


def run(args: Namespace) -> int:
    """Read, learn, score the test part, print."""
    written.check(args.out)
    train = table("train", args.train, args.target)
    target = column_of(list(train), "target", args.target)
    test = table("test", args.test, target, list(train))
    for name in (args.ignore or "").split(","):
        if name.strip():
            train.pop(column_of([one for one in train if one != target], "ignore", name.strip()))
    from salience.train.bench_tabular import tabular

    return report.finish(
        args, lambda bench: tabular(train, test, target, bench, positive=args.positive, wanted=args.order), tell
    )


def tell(found: Tabular) -> None:
    """The verdict, what it looks at, and how the chances came true."""
    gain = found.gain
    span = f"{gain.value:.5f}, 95 % interval {gain.low:.5f} to {gain.high:.5f}"
    print(f"verdict: {found.verdict} (log loss saved a row {span})")
    if found.order is not None:
        way = "time" if found.order.ordered else "random"
        print(f"order: {way}; {found.order.why} (told apart with AUC {found.order.apart:.2f})")
    members = ", ".join(f"{name} {share:.0%}" for name, share in found.members)
    print(f"blend: {members}; calibration: {found.calibration}")
    rows = [(one.column, f"{one.loss:.5f}", f"{one.low:.5f} to {one.high:.5f}") for one in found.importances[:SHOWN]]
    show.table("what it looks at, on unseen rows", ("column", "log loss without it", "95 % interval"), rows)
    if found.deciles:
        groups = [
            (n, d.rows, f"{d.expected:.1f}", d.actual, "" if d.ratio is None else f"{d.ratio:.2f}",
             f"{d.low:.0f} to {d.high:.0f}")
            for n, d in enumerate(found.deciles, 1)
        ]  # fmt: skip
        title = f"test, calibration for {found.positive}"
        show.table(title, ("decile", "rows", "expected", "actual", "ratio", "actual by chance"), groups)
    for name, why in found.left_out.items():
        print(f"not learned from: {name} ({why})")
    for warning in found.warnings:
        print(f"warning: {warning}")
