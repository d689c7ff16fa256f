"""`salience privacy verify USER`: rows, keys, memory and the raw bytes of every file, looked at again."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("user", metavar="USER", help="who was erased")


def run(args: Namespace) -> int:
    """Status 1 if anything of the person is left, or if they were never erased."""
    with open_engine(args, read_only=True) as engine:
        proof = engine.verify_erased(args.user)
    good = proof.erased and proof.clean
    if args.json:
        show.as_json({**show.fields(proof), "clean": proof.clean})
        return 0 if good else 1
    show.table("", ("place", "found", "now"), [(place.name, place.done, place.fate) for place in proof.places])
    if not proof.erased:
        show.say("This person is not on the suppression list: nobody erased them here.")
    else:
        day = datetime.fromtimestamp(proof.at / 1000, UTC).isoformat(" ", "minutes").removesuffix("+00:00")
        copies = sum(place.fate == "yours" for place in proof.places)
        left = "nothing is left in the workspace" if proof.clean else "something is left, see what is due"
        outside = f"; {copies} copies outside it hold them still, see above" if copies else ""
        show.say(f"Erased at {day} UTC by receipt {proof.receipt}; {left}{outside}.")
    return 0 if good else 1
