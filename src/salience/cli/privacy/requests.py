"""`salience privacy requests`: who asked for what, and by when it is due; note one, confirm, extend or close it."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, one_of
from salience.events.fault import InvalidInput


def add(parser: Parser) -> None:
    """What the kind takes."""
    what = one_of("list", "open", "confirm", "extend", "close")
    parser.add_argument(
        "what", metavar="list|open|confirm|extend|close", type=what, nargs="?", default="list", help="what to do (list)"
    )
    parser.add_argument(
        "words", metavar="WORD", nargs="*", help="open: RIGHT USER; confirm: ID; extend: ID WHY; close: ID OUTCOME"
    )
    parser.add_argument("--verified", default="", help="open: how the asker showed who they are")
    parser.add_argument(
        "--law", type=one_of("GDPR", "CCPA", "PIPL"), help="open: by default that of the person's region"
    )


def run(args: Namespace) -> int:
    """Status 1 if a request that is listed is late."""
    need = {"list": 0, "open": 2, "confirm": 1, "extend": 2, "close": 2}[args.what]
    if len(args.words) != need:
        way_out = "requests list | open RIGHT USER | confirm ID | extend ID WHY | close ID OUTCOME"
        raise InvalidInput("words", " ".join(args.words), f"`requests {args.what}` takes {need} of them", way_out)
    with open_engine(args, read_only=args.what == "list") as engine:
        if args.what == "open":
            right, user = args.words
            engine.open_request(right, user, verified=args.verified, law=args.law, actor="cli")
        elif args.what == "confirm":
            engine.confirm_request(args.words[0])
        elif args.what == "extend":
            engine.extend_request(*args.words)
        elif args.what == "close":
            engine.close_request(args.words[0], args.words[1], actor="cli")
        found = engine.requests()
    if args.json:
        show.as_json(found)
    else:
        rows = [
            (
                one.light,
                one.request.right,
                one.request.law,
                _day(one.request.due),
                one.days_left,
                one.request.outcome,
                one.request.id,
            )
            for one in found
        ]
        show.table("", ("state", "right", "law", "due", "days left", "outcome", "request"), rows)
    return 1 if any(one.light == "late" for one in found) else 0


def _day(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d")
