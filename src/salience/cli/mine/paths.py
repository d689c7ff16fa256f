"""`salience mine paths`: how people go through a visit."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from salience.cli import plots, show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, whole

if TYPE_CHECKING:
    from salience.mine.paths import Paths


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("--goal", default="", metavar="STEP", help="also how often each way reaches it, e.g. purchase")
    parser.add_argument("--limit", type=whole(1, 10_000), default=12, help="lines of each table (12)")
    parser.add_argument("--plot", metavar="FILE", help="also a picture of the paths, .svg or .png")


def run(args: Namespace) -> int:
    """Print steps, moves and paths."""
    plots.check(args.plot)
    with open_engine(args, read_only=True) as engine:
        found = engine.paths(goal=args.goal, limit=args.limit)
    if args.plot:
        rows = [(" > ".join(one.steps), one.share, _end(one.share, one.goal)) for one in found.paths]
        plots.write(args.plot, plots.bars("The commonest ways through a visit", rows))
    if args.json:
        show.as_json(found)
    else:
        print_paths(found)
    return 0


def print_paths(found: Paths) -> None:
    """Three tables: what each step is for, what follows it, and whole ways."""
    goal = f"; {found.reached:,} reach {found.goal} ({found.reached / found.visits:.1%})" if found.goal else ""
    show.line(f"{found.visits:,} visits{goal}\n")
    more = ("reach the goal", "goals lost without") if found.goal else ()
    steps = [
        (
            role.step,
            role.visits,
            f"{role.starts:.0%}",
            f"{role.exits:.0%}",
            *_of_goal(role.goal, role.removal, found.goal),
        )
        for role in found.steps
    ]
    show.table("Steps", ("step", "visits", "begin here", "leave here", *more), steps)
    moves = [(move.step, move.after, move.count, f"{move.share:.0%}") for move in found.moves]
    show.table("What comes next", ("step", "next", "times", "of all"), moves)
    ways = [
        (" > ".join(way.steps), way.count, f"{way.share:.1%}", *_rate(way.goal, way.low, way.high))
        for way in found.paths
    ]
    if len(found.steps) == 1:
        only = f"people do nothing here but {found.steps[0].step}"
        show.say(f"{only}: import views, pages or carts to see ways through a visit")
    show.table("Ways", ("way", "visits", "share", *(("reach the goal",) if found.goal else ())), ways)


def _end(share: float, goal: float | None) -> str:
    return f"{share:.1%}" if goal is None else f"{share:.1%}, goal {goal:.0%}"


def _of_goal(goal: float | None, removal: float | None, wanted: str) -> tuple[str, ...]:
    if not wanted:
        return ()
    return ("" if goal is None else f"{goal:.0%}", "" if removal is None else f"{removal:.0%}")


def _rate(goal: float | None, low: float | None, high: float | None) -> tuple[str, ...]:
    return () if goal is None else (f"{goal:.0%} ({low or 0:.0%} to {high or 0:.0%})",)
