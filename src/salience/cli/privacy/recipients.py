"""`salience privacy recipients`: who else gets data about people, in which role, where, and on which legal ground."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("name", metavar="NAME", nargs="?", help="register this one; without it: list them")
    parser.add_argument("--role", default="", help="processor, joint controller or third party")
    parser.add_argument("--region", default="", help="the country that it is in")
    parser.add_argument("--basis", default="", help="consent, contract, legal obligation or legitimate interest")
    parser.add_argument("--purposes", default="", metavar="PURPOSE,...", help="what for, e.g. marketing")
    parser.add_argument("--contact", default="", help="where a person may turn to")


def run(args: Namespace) -> int:
    """Print them all."""
    with open_engine(args, read_only=not args.name) as engine:
        if args.name:
            engine.register_recipient(
                {
                    "name": args.name,
                    "role": args.role,
                    "region": args.region,
                    "basis": args.basis,
                    "purposes": [part for part in args.purposes.split(",") if part],
                    "contact": args.contact,
                },
                actor="cli",
            )
        found = engine.recipients()
    if args.json:
        show.as_json(found)
    else:
        rows = [(one.name, one.role, one.region, one.basis, ", ".join(one.purposes)) for one in found]
        show.table("", ("recipient", "role", "country", "legal ground", "purposes"), rows)
    return 0
