"""`salience mine funnel`: how many come from the first step to the last."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import plots, show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, number, one_of


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("--steps", required=True, metavar="STEP,STEP,...", help="in order, e.g. view,cart,purchase")
    parser.add_argument("--by", type=one_of("user", "visit"), default="user", help="of people, or within visits (user)")
    parser.add_argument("--hours", type=number(0, 876_000), default=720.0, help="from the first step to the last (720)")
    parser.add_argument("--plot", metavar="FILE", help="also a picture of it, .svg or .png")


def run(args: Namespace) -> int:
    """Print the stages, and where most are lost."""
    from salience.engine.breakdowns import funnel_steps

    plots.check(args.plot)
    steps = [step.strip() for step in args.steps.split(",") if step.strip()]
    with open_engine(args, read_only=True) as engine:
        found = funnel_steps(engine.funnel(steps, window_hours=args.hours, by=args.by))
    if args.plot:
        rows = [(one.step, float(one.count), f"{one.count:,} ({one.of_first:.0%})") for one in found.stages]
        plots.write(args.plot, plots.bars("Funnel", rows))
    if args.json:
        show.as_json(found)
        return 0
    told = [
        (
            stage.step,
            stage.count,
            f"{stage.of_first:.1%} ({stage.low:.1%} to {stage.high:.1%})",
            f"{stage.of_previous:.1%}",
            span(stage.median_seconds),
        )
        for stage in found.stages
    ]
    show.table("", ("step", f"{args.by}s", "of the first", "of the step before", "median wait"), told)
    if found.hidden:
        show.say(f"not shown, as fewer than ten took it or were lost before it: {', '.join(found.hidden)}")
    if found.worst:
        show.line(f"most are lost before: {found.worst}")
    return 0


def span(seconds: float | None) -> str:
    """In the largest unit that fits.

    >>> span(None), span(75.0), span(7200.0), span(86_400.0 * 3)
    ('', '1.2 min', '2 h', '3 days')
    """
    if seconds is None:
        return ""
    for size, name in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.2g} {name}"
    return f"{seconds:.2g} s"
