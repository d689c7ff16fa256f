"""`salience privacy audit`: whether the audit chain is as it was written; it names the first bad row."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, whole


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument(
        "--limit", type=whole(0, 1_000_000), default=20, help="how many of the newest rows to show (20)"
    )


def run(args: Namespace) -> int:
    """Status 1 if a row was changed, taken out, moved or cut off."""
    with open_engine(args, read_only=True) as engine:
        wrong = engine.audit_check()
        rows = engine.audit_trail(limit=-1)
    shown = rows[len(rows) - min(args.limit, len(rows)) :]
    if args.json:
        show.as_json(
            {"whole": not wrong, "fault": wrong, "rows": len(rows), "newest": [show.fields(row) for row in shown]}
        )
        return 1 if wrong else 0
    show.table(
        "",
        ("row", "time", "who", "what", "about", "detail"),
        [(r.seq, _time(r.at), r.actor, r.action, r.about[:12], r.detail) for r in shown],
    )
    show.say(f"{len(rows):,} rows, " + (f"NOT as they were written: {wrong}" if wrong else "each as it was written"))
    return 1 if wrong else 0


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
