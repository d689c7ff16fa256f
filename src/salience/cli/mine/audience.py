"""`salience mine audience`: people by the shop's own rules, as of this moment."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import plots, show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, whole


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("--name", default="", metavar="SEGMENT", help="list who is in this segment")
    parser.add_argument("--user", default="", metavar="USER", help="list the segments that this person is in")
    parser.add_argument("--limit", type=whole(1, 10_000_000), default=20, help="people on the screen (20)")
    parser.add_argument("--plot", metavar="FILE", help="also a picture of the sizes, .svg or .png")


def run(args: Namespace) -> int:
    """Print the sizes, or the people of one segment, or the segments of one person."""
    plots.check(args.plot)
    with open_engine(args, read_only=True) as engine:
        if args.user:
            found = engine.ruled_segments(args.user)
            show.as_json(found) if args.json else print(", ".join(found) or "in no segment")
            return 0
        names = [args.name] if args.name else [rule.name for rule in engine.settings.segments]
        people = {name: engine.audience(name) for name in names}
    if args.plot:
        rows = [(name, float(len(who)), f"{len(who):,}") for name, who in people.items()]
        plots.write(args.plot, plots.bars("People in each segment", rows))
    if args.json:
        show.as_json(people)
    elif args.name:
        for who in people[args.name][: args.limit]:
            show.line(who)
        show.say(f"{len(people[args.name]):,} people")
    elif not people:
        show.say("no segments yet; add [[segments]] tables to salience.toml")
    else:
        show.table("", ("segment", "people"), [(name, len(who)) for name, who in people.items()])
    return 0
