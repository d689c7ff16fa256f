"""`salience seal`: the log's rows as Parquet files, which DuckDB and others read where they lie."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser


def add(parser: Parser) -> None:
    """What the verb takes."""
    parser.add_argument("--list", action="store_true", help="only say what is sealed")
    parser.add_argument("--drop", action="store_true", help="remove what is sealed; it can be sealed anew")


def run(args: Namespace) -> int:
    """Seal every row that is not sealed yet, and list the files."""
    with open_engine(args, read_only=True, follow=False) as engine, show.progress() as progress:
        if args.drop:
            engine.sealed.drop()
        elif not args.list:
            engine.seal(progress)
        found, folder = engine.sealed.list(), engine.sealed.folder
    if args.json:
        show.as_json({"folder": str(folder), "segments": found})
        return 0
    show.table("", ("rows", "events", "file"), [(f"{s.first}-{s.last}", s.events, s.name) for s in found])
    if found:
        show.say(f"any program that reads Parquet can read them, DuckDB as '{folder}/*.parquet'")
    return 0
