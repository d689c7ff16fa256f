"""`salience identity show|split|undo|alarms`: which ids are one person, and how to take it back."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, one_of
from salience.events.fault import InvalidInput

if TYPE_CHECKING:
    from salience.events.answers import IdentityAlarm, IdentityView


def add(parser: Parser) -> None:
    """What the verb takes."""
    what = one_of("show", "split", "undo", "alarms")
    parser.add_argument("what", metavar="show|split|undo|alarms", type=what, help="what to do")
    said = "show: an id; split: the id that stays, then those that are somebody else; undo: an event's id"
    parser.add_argument("ids", metavar="ID", nargs="*", help=said)


def run(args: Namespace) -> int:
    """Print the person as they are now; splits and undos are logged like any event."""
    need = {"show": 1, "split": 2, "undo": 1, "alarms": 0}[args.what]
    if len(args.ids) < need or (args.what != "split" and len(args.ids) > need):
        way_out = "salience identity show ID | split ID OTHER... | undo EVENT | alarms"
        raise InvalidInput("ids", " ".join(args.ids), f"`identity {args.what}` takes {need} of them", way_out)
    with open_engine(args, read_only=args.what in ("show", "alarms")) as engine:
        if args.what == "alarms":
            return _alarms(args, engine.identity_alarms())
        first, *others = args.ids
        if args.what == "split":
            return _person(args, engine.split(first, tuple(others)))
        return _person(args, engine.undo(first) if args.what == "undo" else engine.identity(first))


def _person(args: Namespace, view: IdentityView) -> int:
    if args.json:
        show.as_json(view)
        return 0
    show.table(
        f"person {view.person}", ("id", "kind", "first heard of"), [(i.id, i.kind, _day(i.heard)) for i in view.ids]
    )
    rows = [(f"{one.source} = {one.into}", one.event, _day(one.time), one.holds) for one in view.links]
    if rows:
        show.table("links", ("who is who", "event", "time", "holds"), rows)
    show.say(f"variants are assigned by {view.unit}")
    for alarm in view.alarms:
        show.say(f"alarm ({alarm.what}): {alarm.ids[0]} {alarm.said}")
    return 0


def _alarms(args: Namespace, alarms: tuple[IdentityAlarm, ...]) -> int:
    if args.json:
        show.as_json(alarms)
        return 0
    rows = [(one.what, ", ".join(one.ids[:4]), one.said, _day(one.time)) for one in alarms]
    show.table("", ("alarm", "ids", "what was seen", "newest"), rows)
    return 0


def _day(time: int) -> str:
    return datetime.fromtimestamp(time / 1000, UTC).strftime("%Y-%m-%d %H:%M") if time else "-"
