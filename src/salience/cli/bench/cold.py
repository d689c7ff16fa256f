"""`salience bench cold`: new items, found by what the catalogue and reviews say of them; what each kind is worth."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salience.cli.bench import report, written
from salience.cli.parser import Parser, one_of, whole
from salience.events.fault import InvalidInput

if TYPE_CHECKING:
    from salience.train.cold_world import ColdWorld


def add(parser: Parser) -> None:
    """What the task takes."""
    parser.add_argument(
        "--interactions", metavar="FILE", required=True, help="as for `import interactions`; or a folder of MovieLens"
    )
    parser.add_argument("--columns", default="", metavar="FIELD=COLUMN,...", help="of --interactions, as for `import`")
    parser.add_argument("--items", metavar="FILE", help="as for `import items`")
    parser.add_argument("--item-columns", default="", metavar="FIELD=COLUMN,...", help="of --items")
    parser.add_argument("--words", metavar="COLUMN", help="column of --interactions with what the person wrote")
    parser.add_argument("--seen", type=whole(0, 1000), default=0, help="known interactions of each new item (0)")
    parser.add_argument("--k", type=whole(1, 1000), default=10, help="judge the first k (10)")
    parser.add_argument(
        "--embedder", metavar="NAME", type=one_of("multilingual"), help="of texts; else learned on the catalogue"
    )


def run(args: Namespace) -> int:
    """Read, take new items away, find them, print."""
    written.check(args.out)
    world = read(args)
    from salience.train.bench_cold import cold
    from salience.train.bench_text import embedder_of

    embedder = embedder_of(args.embedder)
    return report.finish(args, lambda bench: cold(world, bench, k=args.k, seen=args.seen, embedder=embedder))


def read(args: Namespace) -> ColdWorld:
    """The files as one world."""
    from salience.events import Item, Message
    from salience.train.cold_world import world

    path = Path(args.interactions).expanduser()
    events: list[Any] = []
    if path.is_dir():
        from salience.collect.importers.movielens import read_movielens

        events += read_movielens(path)
    else:
        events += _rows(path, "interactions", args.columns)
        if args.words:
            events += _rows(path, "events", f"{args.columns},text={args.words}".lstrip(","), kind="message")
    if args.items:
        events += _rows(Path(args.items).expanduser(), "items", args.item_columns)
    if not any(isinstance(event, Item | Message) for event in events):
        raise InvalidInput("items", args.items, "nothing is said of any item", "give --items, or --words")
    return world(events)


def _silent(_done: int, _total: int) -> None:
    """Files are read in seconds."""


def _rows(path: Path, what: str, columns: str, kind: str = "") -> Iterable[Any]:
    from salience.cli.reading import reader

    said = Namespace(what=what, columns=columns, kind=kind, scale="", ids="account", separator="|")
    if kind == "message":  # a message has no grade, and takes the user, item and time that the interactions have
        named = dict(part.split("=", 1) for part in columns.split(",") if "=" in part)
        said.columns = ",".join(f"{field}={column}" for field, column in named.items() if field != "value")
    return reader(said, path)(_silent)
