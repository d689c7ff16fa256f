"""`salience keys list|add|rotate|revoke`: what keys there are, one for each role and person, and new ones for old."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast, get_args

from salience.cli import show
from salience.cli.home import keys_of, open_engine
from salience.cli.parser import Parser, did_you_mean, one_of, whole
from salience.events.fault import InvalidInput
from salience.events.roles import MAY, Role


def add(parser: Parser) -> None:
    """What the verb takes."""
    what = one_of("list", "add", "rotate", "revoke")
    parser.add_argument("what", metavar="list|add|rotate|revoke", type=what, help="what to do")
    parser.add_argument(
        "which",
        metavar="WHICH",
        nargs="?",
        default="",
        help=f"add: a role of {', '.join(get_args(Role))}; rotate: write, secret or workspace; revoke: as listed",
    )
    parser.add_argument("--name", default="", help="add: whose it is")
    parser.add_argument("--days", type=whole(1, 36_500), default=0, help="add: after how many days it ends (never)")
    parser.add_argument(
        "--overlap-hours", type=whole(0, 8760), default=24, help="rotate: how long the old key still works (24)"
    )


def run(args: Namespace) -> int:
    """List the keys, or print a new one, once; `workspace` is the key that wraps people's keys."""
    if args.what == "list":
        return _list(args)
    if args.what == "add":
        key = keys_of(args).add(_role(args, get_args(Role)), name=args.name, days=args.days)
        _noted(args, "key made", args.which)
        return _told(args, args.which, key, f"It may: {', '.join(sorted(MAY[args.which]))}.")
    if args.what == "revoke":
        keys_of(args).revoke(args.which)
        _noted(args, "key revoked", args.which)
        if args.json:
            show.as_json({"revoked": args.which})
        else:
            print(f"{args.which} opens nothing any more")
        return 0
    if args.which == "workspace":
        return _rotate_workspace(args)
    kind = _role(args, ("write", "secret", "workspace"))
    key = keys_of(args).rotate(kind, overlap_ms=args.overlap_hours * 3_600_000)
    _noted(args, "key renewed", kind)
    return _told(args, kind, key, f"The old {kind} key works for {args.overlap_hours} more hours.")


def _noted(args: Namespace, action: str, which: str) -> None:
    with open_engine(args, read_only=True) as engine:
        engine.witness(action, f"key={which}", actor="cli")


def _role(args: Namespace, known: Sequence[str]) -> Role:
    word = args.which
    if word not in known:
        rule = f"must be one of {', '.join(known)}" if word else "is missing"
        raise InvalidInput("which", word, rule, did_you_mean(word, known, f"e.g. salience keys {args.what} {known[0]}"))
    return cast("Role", word)


def _told(args: Namespace, role: str, key: str, more: str) -> int:
    if args.json:
        show.as_json({f"{role}_key": key})
    else:
        print(key)
        show.say(f"This is shown only once. {more}")
    return 0


def _list(args: Namespace) -> int:
    found = keys_of(args).list()
    if args.json:
        show.as_json(
            [{"id": k.id, "role": k.kind, "name": k.name, "created": k.created, "expires": k.expires} for k in found]
        )
    else:
        rows = [(k.id, k.kind, k.name, _day(k.created), _day(k.expires)) for k in found]
        show.table("", ("key", "role", "name", "made", "ends"), rows)
    return 0


def _rotate_workspace(args: Namespace) -> int:
    """Wrap every person's key anew, beside a running server; what is sealed stays as it is."""
    with open_engine(args, read_only=True) as engine:
        if engine.home is None:
            raise InvalidInput("home", "", "has no keys", "name a workspace folder")
        ring = engine.home.ring(write=True)
        try:
            count = ring.rotate(engine.vault.keys.rewrap)
        finally:
            ring.close()
    if args.json:
        show.as_json({"rewrapped": count})
    else:
        print(f"{count:,} keys are wrapped by a new workspace key; the old one is gone")
    return 0


def _day(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M") if ms else "never"
