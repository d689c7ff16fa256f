"""`salience policies canary`: try something new on a share of a loop's units; without options, how that stands."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, whole
from salience.events.fault import InvalidInput

if TYPE_CHECKING:
    from salience.engine.trying import CanaryView


def add(parser: Parser) -> None:
    """How to begin one, and how to end it."""
    parser.add_argument("--share", type=float, help="begin: the share of units that get the new side (0.05)")
    parser.add_argument("--version", metavar="NAME", help='a version that was set aside, "" for the newest')
    parser.add_argument("--policy", metavar="NAME", default="", help="another way to choose: squarecb, regcb, ...")
    parser.add_argument("--apart", action="store_true", help="each side learns from its own decisions alone")
    parser.add_argument(
        "--margin",
        metavar="METRIC=LOSS",
        action="append",
        help="how much less it may earn a decision (reward=0); again for more metrics",
    )
    parser.add_argument("--units", type=whole(100, 10**9), default=10_000, help="about how many it is planned for")
    parser.add_argument("--end", action="store_true", help="everybody gets the old side again")
    parser.add_argument("--adopt", action="store_true", help="everybody gets the new side")
    parser.add_argument("--force", action="store_true", help="adopt although it is too early to say; your own order")
    parser.add_argument("--why", default="", help="kept in the log")


def run(args: Namespace) -> int:
    """Begin, end, or look. The status is 1 while a guardrail is broken."""
    from salience.events.loops import Canary

    if sum((args.share is not None, args.end, args.adopt)) > 1:
        raise InvalidInput("canary", "", "begins with --share, or ends with --end or --adopt", "give one of them")
    if args.share is not None and not 0 < args.share <= 0.5:
        raise InvalidInput("share", args.share, "must be above 0 and at most 0.5", "pass --share 0.05")
    looks = args.share is None and not args.end and not args.adopt
    with open_engine(args, read_only=looks) as engine:
        if args.end or args.adopt:
            loop = engine.end_canary(args.loop, adopt=args.adopt, force=args.force, by="command line", why=args.why)
            if args.json:
                show.as_json(loop)
            else:
                print(f"loop {loop.loop}: {loop.settings.policy}, version {loop.pinned or 'newest'} answers everybody")
            return 0
        if looks:
            view = engine.tried(args.loop)
        else:
            margins = dict(_margin(text) for text in args.margin or ["reward=0"])
            canary = Canary(args.share, args.version, args.policy, args.apart, margins, args.units)
            view = engine.canary(args.loop, canary, by="command line", why=args.why)
    if args.json:
        show.as_json(view)
    else:
        _tell(view)
    return 1 if view.report.broken else 0


def _tell(view: CanaryView) -> None:
    new, old = view.report.canary, view.report.stable
    apart = ", learning apart" if view.canary.apart else ""
    print(f"loop {view.loop}: {view.canary.share:.1%} of the units get the new side{apart}")
    print(f"counted so far: {new.units:,} units there, {old.units:,} beside them; what waits for its reward is not")
    rows = [(one.metric, f"{one.stable:.4f}", f"{one.canary:.4f}", one.said()) for one in view.report.metrics]
    show.table("", ("metric", "old", "new", "verdict"), rows)


def _margin(text: str) -> tuple[str, float]:
    name, _, loss = text.partition("=")
    try:
        return name, float(loss)
    except ValueError:
        raise InvalidInput("margin", text, "must be METRIC=LOSS", "e.g. reward=0.01") from None
