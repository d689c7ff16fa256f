"""`salience keys list|rotate`: what keys there are, and new ones for old."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime

from salience.cli import show
from salience.cli.home import keys_of, open_engine
from salience.cli.parser import Parser, one_of, whole
from salience.events.fault import InvalidInput


def add(parser: Parser) -> None:
    """What the verb takes."""
    parser.add_argument("what", metavar="list|rotate", type=one_of("list", "rotate"), help="what to do")
    parser.add_argument(
        "kind",
        metavar="write|secret|workspace",
        nargs="?",
        type=one_of("write", "secret", "workspace"),
        help="rotate: which",
    )
    parser.add_argument(
        "--overlap-hours", type=whole(0, 8760), default=24, help="rotate: how long the old key still works (24)"
    )


def run(args: Namespace) -> int:
    """List the keys by name, or print a new one, once; `workspace` is the one that wraps people's keys."""
    if args.what == "rotate" and args.kind == "workspace":
        return _rotate_workspace(args)
    keys = keys_of(args)
    if args.what == "list":
        found = keys.list()
        if args.json:
            show.as_json([{"id": k.id, "kind": k.kind, "created": k.created, "expires": k.expires} for k in found])
        else:
            show.table(
                "", ("key", "kind", "made", "ends"), [(k.id, k.kind, _day(k.created), _day(k.expires)) for k in found]
            )
        return 0
    if not args.kind:
        raise InvalidInput("kind", "", "is missing", "salience keys rotate write, or: salience keys rotate secret")
    key = keys.rotate(args.kind, overlap_ms=args.overlap_hours * 3_600_000)
    if args.json:
        show.as_json({f"{args.kind}_key": key})
    else:
        print(key)
        show.say(f"This is shown only once. The old {args.kind} key works for {args.overlap_hours} more hours.")
    return 0


def _rotate_workspace(args: Namespace) -> int:
    """Wrap every person's key anew, beside a running server; what is sealed stays as it is."""
    with open_engine(args, read_only=True) as engine:
        if engine.home is None or engine.vault is None:
            raise InvalidInput("home", "", "has no keys", "name a workspace folder")
        ring = engine.home.ring(write=True)
        try:
            count = ring.rotate(engine.vault.rewrap)
        finally:
            ring.close()
    if args.json:
        show.as_json({"rewrapped": count})
    else:
        print(f"{count:,} keys are wrapped by a new workspace key; the old one is gone")
    return 0


def _day(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M") if ms else "never"
