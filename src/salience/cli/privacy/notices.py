"""`salience privacy notices`: deletes that recipients are owed; say that one was confirmed, or why it failed."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("notice", metavar="NOTICE", nargs="?", help="the one that was answered; without it: list them")
    parser.add_argument("--failed", metavar="WHY", default="", help="it did not work; it will be due again")


def run(args: Namespace) -> int:
    """Status 1 while a notice has failed so often that somebody should look."""
    with open_engine(args, read_only=not args.notice) as engine:
        if args.notice:
            engine.notice_answered(args.notice, args.failed)
        found = engine.notices()
    if args.json:
        show.as_json(found)
    else:
        rows = [(n.status, n.recipient, n.tries, n.alert, n.error, n.id) for n in found]
        show.table("", ("status", "recipient", "tries", "alert", "error", "notice"), rows)
    return 1 if any(notice.alert for notice in found) else 0
