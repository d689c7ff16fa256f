"""`salience import events|items|users|interactions|voices FILE...`: files take the same way in as HTTP."""

from __future__ import annotations

from argparse import Namespace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from salience.cli import show
from salience.cli.collector import settle
from salience.cli.home import open_engine
from salience.cli.parser import Parser, did_you_mean, one_of
from salience.events.fault import NotFound

if TYPE_CHECKING:
    from salience.cli.sending import Totals

WHAT = ("events", "items", "users", "interactions", "voices")
IDS = ("account", "anonymous", "device", "email", "loyalty")
NAMED = 5  # faults that are printed; all of them are kept in the log


def add(parser: Parser) -> None:
    """What the verb takes."""
    parser.add_argument("what", metavar="|".join(WHAT), type=one_of(*WHAT), help="what the files hold")
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        help="JSON lines, CSV, TSV (also .gz), or Parquet; voices: a CSV of file, user",
    )
    parser.add_argument(
        "--columns",
        default="",
        metavar="FIELD=COLUMN,...",
        help="which column is which field, e.g. user=userId,item=movieId",
    )
    parser.add_argument(
        "--kind", default="", help="of the events in a table: click, purchase, rating ... (rating, or click)"
    )
    parser.add_argument("--scale", default="", metavar="LOW:HIGH", help="of ratings, e.g. 0:10 (1:5)")
    parser.add_argument(
        "--ids",
        type=one_of(*IDS),
        default="account",
        help=f"what the column of users holds: {', '.join(IDS)} (account)",
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would fail; store nothing")
    parser.add_argument("--watch", action="store_true", help="FILE is a folder: take in what lies there and what comes")
    parser.add_argument("--separator", default="|", help="between the categories in one cell (|)")


def run(args: Namespace) -> int:
    """Import file after file; status 1 only if nothing could be used."""
    from salience.cli.reading import reader
    from salience.cli.sending import Totals, send

    paths = [_there(Path(name)) for name in args.files]
    if args.watch:
        from salience.cli.watching import watch

        return watch(args, paths)
    if args.what == "voices":
        return _voices(args, paths)
    readers = [reader(args, path) for path in paths]  # faulty columns are said before the first file is taken in
    totals = Totals()
    with open_engine(args, read_only=args.dry_run, follow=False) as engine, show.progress() as progress:
        settle()
        for path, read in zip(paths, readers, strict=True):
            rows = read(partial(progress, f"import {path.name}"))
            send(engine, rows, source=path.name, totals=totals, dry_run=args.dry_run)
    return _told(args, totals)


def _voices(args: Namespace, paths: list[Path]) -> int:
    """Tables of voice messages: what was understood goes the way of every event."""
    from salience.cli.sending import Totals, send
    from salience.cli.voices import voices

    totals = Totals()
    with open_engine(args, read_only=args.dry_run) as engine:
        for path in paths:
            send(engine, voices(engine, path, args, show.say), source=path.name, totals=totals, dry_run=args.dry_run)
    return _told(args, totals)


def _told(args: Namespace, totals: Totals) -> int:
    """What became of the rows; status 1 only if nothing could be used."""
    if args.json:
        show.as_json(totals.as_dict())
    else:
        print(f"{totals}{' (a dry run: nothing was stored)' if args.dry_run else ''}")
        for fault in totals.faults[:NAMED]:
            show.say(f"not stored: {fault}")
        if len(totals.faults) > NAMED:
            kept = "they would be kept" if args.dry_run else "all are kept"
            show.say(f"... and {totals.failed - NAMED:,} more; {kept} in the log with their reasons")
    return 0 if totals.stored or totals.duplicate or not totals.failed else 1


def _there(path: Path) -> Path:
    if not path.exists():
        beside = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
        raise NotFound("file", str(path), "does not exist", did_you_mean(path.name, beside, "check the path"))
    return path
