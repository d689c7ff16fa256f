"""`salience privacy rotate pseudonyms|fields`: new keys, while everything goes on."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, one_of


def add(parser: Parser) -> None:
    """What the kind takes."""
    said = "pseudonyms: names under a new key, the old ones stay known; fields: every sealed field under a new key"
    parser.add_argument("what", metavar="pseudonyms|fields", type=one_of("pseudonyms", "fields"), help=said)


def run(args: Namespace) -> int:
    """Print what was made."""
    with open_engine(args) as engine:
        if args.what == "pseudonyms":
            version = engine.rotate_pseudonyms(actor="cli")
            said = {"version": version}
            words = f"new pseudonyms are of version {version}; older ones are still known"
        else:
            count = engine.rotate_fields(actor="cli")
            said, words = {"rows": count}, f"{count:,} rows are sealed by new keys"
    if args.json:
        show.as_json(said)
    else:
        print(words)
    return 0
