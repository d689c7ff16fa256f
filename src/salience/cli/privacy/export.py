"""`salience privacy export USER`: the access file in plain words, or with `--form` the data to take along."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, one_of


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("user", metavar="USER", help="whose; visitors are written anon:ID")
    forms = one_of("access", "json", "csv")
    parser.add_argument(
        "--form", metavar="access|json|csv", type=forms, default="access", help="what to write (access)"
    )
    parser.add_argument("--out", metavar="FILE", help="write it into a file; else it is printed")


def run(args: Namespace) -> int:
    """Print or write it."""
    import msgspec

    from salience.store.durable import write_file

    with open_engine(args) as engine:
        if args.form != "access":
            with engine.answering("portability", args.user):
                data = engine.portable(args.user, args.form)
        else:
            with engine.answering("access", args.user):
                file = engine.access(args.user, actor="cli")
            if not args.json and not args.out:
                rows = [(one.title, len(one.entries), one.words) for one in file.sections]
                show.table(f"{file.person}: {len(file.ids)} ids", ("what", "entries", "in words"), rows)
                show.say("The whole of it: --out FILE")
                return 0
            data = msgspec.json.format(msgspec.json.encode(file))
    if args.out:
        path = Path(args.out).expanduser()
        write_file(path, data, mode=0o600)
        show.say(f"{path}: {len(data):,} bytes. Hand it to the person, then delete it.")
    else:
        print(data.decode())
    return 0
