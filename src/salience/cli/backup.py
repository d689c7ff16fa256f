"""`salience backup FILE`: one file with everything of a workspace, while it is in use."""

from __future__ import annotations

import time
from argparse import Namespace
from pathlib import Path

from salience.cli import show
from salience.cli.home import home_of
from salience.cli.parser import Parser


def add(parser: Parser) -> None:
    """What the verb takes."""
    parser.add_argument("file", metavar="FILE", help="a new file")
    parser.add_argument("--keys", action="store_true", help="also the keys of the sealed fields, which open them")
    parser.add_argument("--only-keys", action="store_true", help="the keys alone, to be kept in another place")


def run(args: Namespace) -> int:
    """Write it; a server may go on."""
    folder = home_of(args)
    from salience.store import home
    from salience.store.backup import backup
    from salience.store.register import remember_copy

    target, keys = Path(args.file).expanduser().absolute(), args.keys or args.only_keys
    with home.open(folder, read_only=True) as opened:
        now = time.time_ns() // 1_000_000
        made = backup(opened, target, now=now, data=not args.only_keys, keys=keys)
    remember_copy(folder, target, "backup", now)
    if args.json:
        show.as_json({"file": str(target), "last": made.last, "files": made.files})
    else:
        print(f"{target}: {len(made.files)} files, the log up to row {made.last:,}")
    if not keys:
        show.say("Without the keys the sealed fields cannot be read: salience backup FILE --only-keys")
    return 0
