"""`salience restore FILE... --home NEW`: a workspace out of its backup."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from salience.cli import show
from salience.cli.home import home_of
from salience.cli.parser import Parser


def add(parser: Parser) -> None:
    """What the verb takes."""
    parser.add_argument("files", metavar="FILE", nargs="+", help="a backup; and the one of its keys, if kept apart")


def run(args: Namespace) -> int:
    """Make the folder; it must not exist yet."""
    folder = home_of(args).absolute()
    from salience.engine import Engine
    from salience.store.backup import restore

    made = restore([Path(name).expanduser() for name in args.files], folder)
    with Engine.open(folder) as engine:  # who was erased since is erased again before anything answers
        erased = len({stone.receipt for stone in engine.ring.buried()})
        engine.follower.catch_up(engine.now())  # which asks for the key of every sealed field
        missing = len(engine.vault.keys.missing)
    if args.json:
        found = {"home": str(folder), "last": made.last, "made": made.made, "erasures": erased, "keys_missing": missing}
        show.as_json(found)
    else:
        print(f"{folder}: the log up to row {made.last:,}; {erased} erasures are heeded")
        if missing:
            print(
                f"{missing:,} keys of sealed fields are not in these archives: such fields read as erased.\n"
                "Name the archive with the keys as well, and one that was made after the data."
            )
    return 0
