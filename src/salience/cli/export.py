"""`salience export events|items|users|interactions FILE`: what the log holds, in the forms that `import` reads."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, one_of

if TYPE_CHECKING:
    from salience.engine import Engine
    from salience.events import AnyEvent

WHAT = ("events", "items", "users", "interactions")
CHUNK = 10_000


def add(parser: Parser) -> None:
    """What the verb takes."""
    parser.add_argument("what", metavar="|".join(WHAT), type=one_of(*WHAT), help="what to write")
    parser.add_argument("file", metavar="FILE", help=".jsonl, .csv, .tsv (also .gz) or .parquet; replaced if it exists")
    parser.add_argument("--decisions", action="store_true", help="events: the answers that were given, too")


def run(args: Namespace) -> int:
    """Write, beside a running server if there is one."""
    from salience.collect.exporters.write import form, write
    from salience.store.register import remember_copy

    path = Path(args.file).expanduser()
    kind = form(path)
    with open_engine(args, read_only=True) as engine, show.progress() as progress:
        whole = kind in (".jsonl", ".ndjson")
        rows, columns = _content(engine, args, progress, whole=whole)
        count = write(path, rows, columns)
        if engine.home is not None and args.what != "items":  # an erasure has to name this copy
            remember_copy(engine.home.folder, path, "export", engine.now())
    if args.json:
        show.as_json({"file": str(path), "what": args.what, "rows": count})
    else:
        print(f"{count:,} {args.what} in {path}")
    return 0


def _content(
    engine: Engine, args: Namespace, progress: show.Progress, *, whole: bool
) -> tuple[Iterator[Mapping[str, Any]], Mapping[str, str]]:
    """The rows, and the columns of a table of them."""
    from salience.collect.exporters.flat import EVENT_COLUMNS, NUMBER, TEXT, WHOLE

    if args.what == "events":
        return _events(engine, progress, decisions=args.decisions, whole=whole), EVENT_COLUMNS
    if args.what == "interactions":
        return _interactions(engine, progress), {"user": TEXT, "item": TEXT, "value": NUMBER, "time": WHOLE}
    known = _items(engine, progress) if args.what == "items" else _users(engine, progress)
    names = {name: None for row in known for name in row}
    typed = {name: {"price": NUMBER, "time": WHOLE}.get(name, TEXT) for name in names}
    return (row if whole else _joined(row) for row in known), typed


def _log(engine: Engine, progress: show.Progress) -> Iterator[AnyEvent]:
    after, last = 0, engine.log.last()
    while rows := engine.log.read(after=after, limit=CHUNK):
        after = rows[-1][0]
        progress("read the log", min(after, last), last)
        for _, event in rows:
            yield event


def _events(engine: Engine, progress: show.Progress, *, decisions: bool, whole: bool) -> Iterator[Mapping[str, Any]]:
    from msgspec import to_builtins

    from salience.collect.exporters.flat import flat

    for event in _log(engine, progress):
        if event.kind == "position" or (event.kind == "decision" and not decisions):
            continue
        yield to_builtins(event) if whole else flat(event)


def _interactions(engine: Engine, progress: show.Progress) -> Iterator[Mapping[str, Any]]:
    data, _ = engine.interactions(progress)
    for user, item, value, time in zip(data.user, data.item, data.value, data.time, strict=True):
        yield {
            "user": data.users.names[user],
            "item": data.items.names[item],
            "value": float(value),
            "time": int(time),
        }


def _items(engine: Engine, progress: show.Progress) -> list[dict[str, Any]]:
    """The newest card of each item; its attributes are columns of their own."""
    from salience.events import Item

    cards: dict[str, dict[str, Any]] = {}
    for event in _log(engine, progress):
        if isinstance(event, Item) and event.time >= cards.get(event.item, {}).get("time", 0):
            own = {"item": event.item, "title": event.title, "categories": list(event.categories), "text": event.text}
            more = {"price": event.price, "available": event.available, "time": event.time}
            cards[event.item] = {**event.attributes, **own, **more}
    return list(cards.values())


def _users(engine: Engine, progress: show.Progress) -> list[dict[str, Any]]:
    """What is known of each person; a trait that was set to null is gone."""
    from salience.events import Identify

    people: dict[str, dict[str, Any]] = {}
    for event in _log(engine, progress):
        if isinstance(event, Identify) and event.user:
            known = people.setdefault(event.user, {"user": event.user})
            known.update(event.traits)
    return [{name: value for name, value in row.items() if value is not None} for row in people.values()]


def _joined(row: Mapping[str, Any]) -> dict[str, Any]:
    """Lists as `import` splits them."""
    return {name: "|".join(cell) if isinstance(cell, list) else cell for name, cell in row.items()}
