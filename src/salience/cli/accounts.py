"""`salience accounts list|add|role|password|remove|provider`: people who sign in to `/console`."""

from __future__ import annotations

import getpass
import sys
from argparse import Namespace
from typing import cast, get_args

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, one_of
from salience.events.fault import InvalidInput
from salience.events.roles import Role

PEOPLE = tuple(role for role in get_args(Role) if role not in ("write", "service"))


def add(parser: Parser) -> None:
    """What the verb takes."""
    what = one_of("list", "add", "role", "password", "remove", "provider")
    parser.add_argument(
        "what",
        metavar="list|add|role|password|remove|provider",
        type=what,
        help="what to do; provider: look at that of [oidc]",
    )
    parser.add_argument("name", metavar="NAME", nargs="?", default="", help="whose account")
    parser.add_argument("--role", type=one_of(*PEOPLE), help=f"add, role: {', '.join(PEOPLE)}")


def run(args: Namespace) -> int:
    """Change an account, also beside a running server, whose sessions of that account end at once.

    A password is asked for, or read as one line from standard input; it is never an argument, because those are seen.
    """
    if args.what == "provider":
        return _provider(args)
    if args.what != "list" and not args.name:
        raise InvalidInput("name", "", "is missing", f"e.g. salience accounts {args.what} ann")
    if args.what in ("add", "role") and not args.role:
        raise InvalidInput("role", "", "is missing", f"--role {'|'.join(PEOPLE)}")
    with open_engine(args, read_only=True) as engine:
        if args.what == "add":
            engine.add_account(args.name, cast("Role", args.role), _password(), actor="cli")
        elif args.what == "password":
            engine.change_account(args.name, password=_password(), actor="cli")
        elif args.what == "role":
            engine.change_account(args.name, role=cast("Role", args.role), actor="cli")
        elif args.what == "remove":
            engine.remove_account(args.name, actor="cli")
        found = engine.accounts.list()
    if args.json:
        show.as_json([{"name": one.name, "role": one.role, "made": one.made} for one in found])
    else:
        show.table("", ("name", "role"), [(one.name, one.role) for one in found])
    return 0


def _provider(args: Namespace) -> int:
    """What has to be registered at the provider, and what it says of itself; status 1 if it cannot be used."""
    with open_engine(args, read_only=True, follow=False) as engine:
        found, fault = engine.provider_check()
    if args.json:
        show.as_json({"fault": fault, **found})
    else:
        show.table("", ("provider", ""), [*found.items(), ("fault", fault or "none")])
    return 1 if fault else 0


def _password() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("password: ")
    return sys.stdin.readline().rstrip("\n")
