"""`salience failed list|show|replay`: events that could not be accepted, and another try once the cause is mended."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, one_of, whole
from salience.events.fault import InvalidInput, NotFound

if TYPE_CHECKING:
    from salience.engine import Engine
    from salience.store.log import Failed

_MOST = 2**62


def add(parser: Parser) -> None:
    """What the verb takes."""
    what = one_of("list", "show", "replay")
    parser.add_argument("what", metavar="list|show|replay", type=what, help="what to do")
    parser.add_argument("number", metavar="NUMBER", nargs="?", type=whole(1, _MOST), help="which one (replay: all)")
    parser.add_argument("--limit", type=whole(1, 100_000), default=100, help="list: how many, newest first (100)")


def run(args: Namespace) -> int:
    """Status 1 if a replay leaves some of them failed."""
    if args.what == "show" and not args.number:
        raise InvalidInput("number", "", "is missing", "salience failed show NUMBER; `salience failed list` has them")
    with open_engine(args, read_only=args.what != "replay") as engine:
        if args.what == "list":
            return _list(args, list(engine.log.failures(args.limit)))
        if args.what == "show":
            return _show(args, engine)
        return _replay(args, engine)


def _list(args: Namespace, found: list[Failed]) -> int:
    if args.json:
        show.as_json([_known(one) for one in found])
    else:
        rows = [(f.seq, f.source, f.schema, "replayed" if f.replayed else "failed", f.reason) for f in found]
        show.table("", ("number", "source", "schema", "state", "reason"), rows)
    return 0


def _show(args: Namespace, engine: Engine) -> int:
    one = engine.log.failure(args.number)
    if one is None:
        raise NotFound("number", args.number, "is no failed event", "salience failed list")
    raw = one.raw.decode("utf-8", "backslashreplace")
    if args.json:
        show.as_json({**_known(one), "raw": raw})
    else:
        print(ascii(raw)[1:-1] if not raw.isprintable() else raw)
        show.say(f"{one.source}: {one.reason}")
    return 0


def _replay(args: Namespace, engine: Engine) -> int:
    """One, or all that still wait, oldest first: an event keeps its place before those that came after it."""
    waiting = [args.number] if args.number else sorted(_waiting(engine))
    results = [(seq, engine.replay_failed(seq)) for seq in waiting]
    if args.json:
        show.as_json([{"number": seq, "status": r.status, "id": r.id, "reason": r.reason} for seq, r in results])
    else:
        show.table("", ("number", "status", "reason"), [(seq, r.status, r.reason) for seq, r in results])
    return 1 if any(result.status == "failed" for _, result in results) else 0


def _waiting(engine: Engine) -> list[int]:
    found: list[int] = []
    before = 0
    while page := list(engine.log.failures(1_000, before=before)):
        found += [one.seq for one in page if one.raw and not one.replayed]
        before = page[-1].seq
    return found


def _known(one: Failed) -> dict[str, object]:
    fields = ("seq", "source", "schema", "received", "reason", "public", "replayed")
    return {name: getattr(one, name) for name in fields}
