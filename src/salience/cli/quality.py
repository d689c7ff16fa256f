"""`salience quality`: the state of each source, with alarms where something moved."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, whole

if TYPE_CHECKING:
    from salience.prepare.quality import SourceQuality

NAMED = 3  # kinds and missing fields in the table; --json has all


def add(parser: Parser) -> None:
    """What the verb takes."""
    parser.add_argument("--days", type=whole(1, 3650), default=7, help="the last days, which are looked at (7)")
    parser.add_argument("--before", type=whole(1, 3650), default=28, help="the days that they are compared with (28)")


def run(args: Namespace) -> int:
    """Print a line per source, then the alarms; status 1 if there is one."""
    with open_engine(args, read_only=True) as engine, show.progress() as progress:
        found = engine.quality(recent=args.days, before=args.before, progress=progress)
    if args.json:
        show.as_json(found)
    elif not found:
        show.say("no events yet")
    else:
        print_sources(found)
    return 1 if any(alarm.level == "alarm" for one in found for alarm in one.alarms) else 0


def print_sources(found: list[SourceQuality]) -> None:
    """Two tables: what each source sends, and what has moved."""
    rows = [
        (
            one.source,
            one.events,
            f"{one.first} to {one.last}",
            f"{one.events_per_day:,.4g}",
            ", ".join(f"{kind} {count:,}" for kind, count in list(one.kinds.items())[:NAMED]),
            _missing(one),
            f"{one.machines:.1%}",
        )
        for one in found
    ]
    show.table("", ("source", "events", "days", "a day", "kinds", "missing", "machines"), rows)
    alarms = [(a.source, a.level, a.what, a.words) for one in found for a in one.alarms]
    if alarms:
        show.table("What has moved", ("source", "", "what", "in words"), alarms)
    for one in found:
        print(f"{one.source}: {one.compared}{'' if one.alarms else '; nothing has moved' if one.stability else ''}")


def _missing(one: SourceQuality) -> str:
    worst = sorted(((share, field) for field, share in one.missing.items() if share > 0), reverse=True)[:NAMED]
    return ", ".join(f"{field} {share:.0%}" for share, field in worst) or "nothing"
