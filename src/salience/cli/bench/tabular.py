"""`salience bench tabular`: how likely each row is to be of a class (will buy, will leave, ...)."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING

from salience.cli import show
from salience.cli.bench import report, written
from salience.cli.bench.cells import UNKNOWN, column_of, table
from salience.cli.parser import Parser, one_of, whole
from salience.events.fault import InvalidInput

if TYPE_CHECKING:
    from salience.train.bench_outcome import Bench, Columns
    from salience.train.bench_tabular import Tabular, Tested

SHOWN = 10  # columns in the table of importances; --json has all


def add(parser: Parser) -> None:
    """What the task takes."""
    parser.add_argument("--train", metavar="CSV", required=True, help="a table, with a line of names or without")
    parser.add_argument("--target", metavar="COLUMN", required=True, help="its name, its place from 1, or `last`")
    parser.add_argument("--test", metavar="CSV", help="as --train, with the target or without; only scored")
    parser.add_argument("--folds", type=whole(2, 100), help="instead of --test: test --train on itself, by folds")
    parser.add_argument("--step", type=whole(1, 10**9), help="instead: forward in time, so many rows at a time")
    parser.add_argument("--first", type=whole(50, 10**9), help="with --step: rows before the first prediction (half)")
    parser.add_argument("--window", type=whole(50, 10**9), help="with --step: learn from the newest rows only (all)")
    parser.add_argument("--lag", type=whole(1, 10**9), help="with --step: rows until an outcome is known (a step)")
    parser.add_argument("--positive", metavar="VALUE", help="of the target, whose probability is told (the rarer one)")
    parser.add_argument("--ignore", metavar="COLUMNS", help="not to learn from, between commas")
    parser.add_argument(
        "--order", type=one_of("auto", "time", "random"), default="auto",
        help="auto, time or random: whether later rows are later in time (auto: see whether the test part looks so)",
    )  # fmt: skip


def run(args: Namespace) -> int:
    """Read, learn, score the test part, print."""
    written.check(args.out)
    ways = [name for name in ("test", "folds", "step") if getattr(args, name) is not None]
    if len(ways) != 1:
        raise InvalidInput("test", " ".join(ways), "give one of --test, --folds and --step", "e.g. --test later.csv")
    train = table("train", args.train, args.target)
    target = column_of(list(train), "target", args.target)
    test = table("test", args.test, target, list(train)) if args.test else {}
    train, kept = _with_outcome(train, target)
    for name in (args.ignore or "").split(","):
        if name.strip():
            train.pop(column_of([one for one in train if one != target], "ignore", name.strip()))
    from salience.train import bench_tabular as tabular
    from salience.train.predict.rolling import Walk

    say = args.positive
    if args.test:
        return report.finish(
            args, lambda bench: tabular.tabular(train, test, target, bench, positive=say, wanted=args.order), tell
        )
    if args.folds:
        return _tested(args, kept, lambda bench: tabular.folded(train, target, args.folds, bench, positive=say))
    walk = Walk.of(len(train[target]), step=args.step, first=args.first, window=args.window, lag=args.lag)
    return _tested(args, kept, lambda bench: tabular.walked(train, target, walk, bench, positive=say))


def _with_outcome(train: dict[str, list[str]], target: str) -> tuple[dict[str, list[str]], list[int]]:
    """(the rows whose outcome is known, their places in the file from 0); how many were left out is said."""
    kept = [row for row, cell in enumerate(train[target]) if cell.strip() not in UNKNOWN]
    left = len(train[target]) - len(kept)
    if not left:
        return train, kept
    show.say(f"{left:,} of {len(train[target]):,} rows have no value of {target} and are left out")
    return {name: [cells[row] for row in kept] for name, cells in train.items()}, kept


def _tested(args: Namespace, kept: list[int], task: Callable[[Bench], tuple[Tested, Columns]]) -> int:
    """Run, write (rows as in the file), print what has no leaderboard of its own."""
    import numpy as np

    from salience.cli.bench.meter import meter
    from salience.train.bench_outcome import Bench

    with show.progress() as progress:
        found, columns = task(Bench(args.minutes, args.seed, time.perf_counter, meter, progress))
    columns["row"] = np.asarray(kept, np.int64)[columns["row"]]
    written.write(args.out, columns)
    if args.json:
        show.as_json(found)
        return 0
    print(f"{found.way}; {found.sizes['tests']:,} rows predicted; {found.seconds:.0f} s")
    for name, one in found.metrics.items():
        print(f"{name} {one.value:.4f} (95 % interval {one.low:.4f} to {one.high:.4f})")
    for name, value in found.totals.items():
        print(f"{name} {value:.4f}")
    for name, one in (found.rival or {}).items():
        print(f"logistic regression, tuned: {name} {one.value:.4f} ({one.low:.4f} to {one.high:.4f})")
    if found.ahead is not None:
        ahead = found.ahead
        print(f"positives in the best fifth, ahead of it: {ahead.value:+.0f} ({ahead.low:+.0f} to {ahead.high:+.0f})")
    calibration(found)
    return 0


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
    calibration(found)
    for name, why in found.left_out.items():
        print(f"not learned from: {name} ({why})")
    for warning in found.warnings:
        print(f"warning: {warning}")


def calibration(found: Tabular | Tested) -> None:
    """How the chances came true, ten groups of rows, the highest first."""
    groups = [
        (n, d.rows, f"{d.expected:.1f}", d.actual, "" if d.ratio is None else f"{d.ratio:.2f}",
         f"{d.low:.0f} to {d.high:.0f}")
        for n, d in enumerate(found.deciles, 1)
    ]  # fmt: skip
    if groups:
        title = f"calibration for {found.positive}"
        show.table(title, ("decile", "rows", "expected", "actual", "ratio", "actual by chance"), groups)
    near = found.within
    if near:
        chance = f"{near.expected:g} there ({near.low} to {near.high} in nine of ten tables of this size)"
        print(f"{near.inside} of {len(groups)} ratios within 0.95 to 1.05; true chances would have {chance}")
