"""`salience evaluate`: which recommender would have foreseen the held-out behaviour best."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from salience.cli import leaderboard, show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, number, one_of, whole

if TYPE_CHECKING:
    from salience.train.bench_outcome import Bench


def add(parser: Parser) -> None:
    """What the verb takes."""
    parser.add_argument(
        "--split",
        metavar="user-time|time",
        type=one_of("user-time", "time"),
        default="user-time",
        help="hold out each user's newest events, or everything after one moment (user-time)",
    )
    parser.add_argument("--k", type=whole(1, 1000), default=10, help="judge the first k (10)")
    parser.add_argument("--fraction", type=number(0, 0.9), default=0.2, help="share held out (0.2)")
    parser.add_argument(
        "--minutes", type=number(0, 10_080), default=5.0, help="stop trying settings, or asking, after this long (5)"
    )
    parser.add_argument(
        "--cold", action="store_true", help="take items away and find them by content; what it is worth"
    )
    parser.add_argument(
        "--ablate", action="store_true", help="live the past again without each thing learned; what it is worth"
    )
    parser.add_argument("--seen", type=whole(0, 1000), default=0, help="with --cold: known deeds of each new item (0)")
    parser.add_argument("--seed", type=whole(0, 2**31 - 1), default=0, help="of the models and the intervals (0)")


def run(args: Namespace) -> int:
    """Print the leaderboard."""
    if args.cold:
        return _cold(args)
    if args.ablate:
        return _ablate(args)
    with open_engine(args, read_only=True) as engine, show.progress() as progress:
        board = engine.evaluate(
            split=args.split,
            k=args.k,
            fraction=args.fraction,
            minutes=args.minutes,
            seed=args.seed,
            progress=progress,
        )
    if args.json:
        show.as_json(board)
    else:
        leaderboard.print_board("Judged", board)
    return 0


def _cold(args: Namespace) -> int:
    from salience.cli.bench import report

    with open_engine(args, read_only=True) as engine, show.progress() as progress:
        outcome = engine.cold(_bench(args, progress), k=args.k, seen=args.seen)
    if args.json:
        show.as_json(outcome)
    else:
        report.tell(outcome)
    return 0


def _ablate(args: Namespace) -> int:
    with open_engine(args, read_only=True) as engine, show.progress() as progress:
        found = engine.ablate(_bench(args, progress), fraction=args.fraction, k=args.k)
    if args.json:
        show.as_json(found)
        return 0
    for name, rows in (("people", found.people), ("pages", found.pages)):
        if not rows:
            print(f"{name}: too few to ask")
            continue
        told = [
            (one.source, one.asked, f"{one.changed:.0%}", f"{one.without:.4f}", f"{one.worth.value:+.4f}",
             f"{one.worth.low:+.4f} to {one.worth.high:+.4f}", one.verdict)
            for one in rows
        ]  # fmt: skip
        whole = found.whole[name]
        title = f"{found.asked[name]:,} {name}: NDCG@{found.k} {whole.value:.4f} with everything; without ..."
        show.table(title, ("source", "asked", "rows changed", f"NDCG@{found.k}", "worth", "95 % interval", ""), told)
    print(f"answered by: {', '.join(f'{rung} {count:,}' for rung, count in found.rungs.items())}")
    for name, why in found.not_learned.items():
        print(f"{name} could not be learned from what there was before: {why}")
    if not found.complete:
        show.say("The time was up before every question was answered; give it more with --minutes.")
    return 0


def _bench(args: Namespace, progress: show.Progress) -> Bench:
    import time

    from salience.cli.bench.meter import meter
    from salience.train.bench_outcome import Bench

    return Bench(args.minutes, args.seed, time.perf_counter, meter, progress)
