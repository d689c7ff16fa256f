"""`salience privacy choices USER`: what a person allows and why; with options, what they choose now."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser
from salience.events.fault import InvalidInput


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("user", metavar="USER", help="whose; visitors are written anon:ID")
    parser.add_argument(
        "--set", metavar="NAME=yes|no", action="append", default=[], help="a purpose or a signal, often"
    )
    parser.add_argument("--notice", default="", help="the notice that the person saw")
    parser.add_argument("--region", default="", help="whose law applies, e.g. DE, CN, US-CA")


def run(args: Namespace) -> int:
    """Print where the person stands now."""
    from typing import get_args

    from salience.events.kinds import Signal
    from salience.events.rights import Choices

    said = dict(_pair(word) for word in args.set)
    signals = {name: on for name, on in said.items() if name in get_args(Signal)}
    purposes = {name: given for name, given in said.items() if name not in signals}
    with open_engine(args, read_only=not said) as engine:
        if said:
            chosen = Choices(
                purposes=purposes, signals=signals, notice=args.notice, region=args.region, method="command line"
            )
            view = engine.choose(args.user, chosen, actor="cli")
        else:
            view = engine.standing(args.user)
    if args.json:
        show.as_json(view)
        return 0
    show.table(
        f"{view.person}, by {view.law}",
        ("use", "allowed", "in words"),
        [(u.use, u.allowed, u.words) for u in view.uses],
    )
    show.table("choices", ("name", "given", "event"), [(c.name, c.given, c.event) for c in view.choices])
    return 0


def _pair(word: str) -> tuple[str, bool]:
    name, _, value = word.partition("=")
    if not name or value not in ("yes", "no"):
        raise InvalidInput("set", word, "must be NAME=yes or NAME=no", "e.g. --set marketing=no --set objection=yes")
    return name, value == "yes"
