"""`salience init DIR`: make a workspace folder and print its keys, once."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

from salience.cli import show
from salience.cli.parser import Parser


def add(parser: Parser) -> None:
    """What the verb takes."""
    parser.add_argument("dir", metavar="DIR", help="a folder that does not exist yet, or an empty one")
    parser.add_argument("--workspace", default="", help="the workspace's name; else the folder's")
    parser.add_argument("--postgres", metavar="URL", default="", help="keep the event log on this PostgreSQL server")


def run(args: Namespace) -> int:
    """Make it; the keys are shown here and nowhere else."""
    from salience.store import home

    settings = ""
    if args.postgres:
        home.postgres(args.postgres).close()  # makes the tables, or says why it cannot
        settings = f"log_url = {json.dumps(args.postgres)}\n"
    made = home.create(Path(args.dir).expanduser().absolute(), workspace=args.workspace, settings=settings)
    shown = {
        "home": str(made.home),
        "workspace": made.workspace,
        "write_key": made.write_key,
        "secret_key": made.secret_key,
    }
    if args.json:
        show.as_json(shown)
        return 0
    for name, value in shown.items():
        print(f"{name:<11} {value}")
    show.say("The keys are shown only this once. The write key may stand in a web page, the secret key must not.")
    show.say(f"Next: salience serve --home {made.home}")
    return 0
