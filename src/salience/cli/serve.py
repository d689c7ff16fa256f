"""`salience serve`: answer over HTTP until Ctrl-C or SIGTERM."""

from __future__ import annotations

from argparse import Namespace
from contextlib import ExitStack
from typing import TYPE_CHECKING

from salience.cli import show
from salience.cli.collector import settle
from salience.cli.home import keys_of, open_engine
from salience.cli.parser import Parser, whole
from salience.events.fault import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from salience.store.keys import Keys


def add(parser: Parser) -> None:
    """What the verb takes."""
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1: this machine only)")
    parser.add_argument("--port", type=whole(0, 65_535), default=8000, help="the port (8000)")
    parser.add_argument(
        "--beside", metavar="DIR", action="append", default=[], help="one more workspace; give it once for each"
    )
    parser.add_argument(
        "--workers", type=whole(1, 64), default=1, help="processes; the embedded log has one writer (1)"
    )


def run(args: Namespace) -> int:
    """Serve. Ends with 0 after a stop signal. Every key opens the workspace that it was made for, and no other."""
    from salience.console import staff
    from salience.serve.app import app
    from salience.serve.rates import Rates, network
    from salience.serve.run import run as serve

    with ExitStack() as opened:
        homes = [args, *(Namespace(**{**vars(args), "home": folder}) for folder in args.beside)]
        held = [(opened.enter_context(open_engine(home)), keys_of(home)) for home in homes]
        _apart([(str(home.home), keys) for home, (_, keys) in zip(homes, held, strict=True)], held[0][0].now())
        names = ", ".join(keys.workspace for _, keys in held)
        show.say(f"serving {names} on http://{args.host}:{args.port}; routes at /docs; Ctrl-C stops")
        (engine, keys), *others = held
        rates = Rates(trusted_proxies=engine.settings.trusted_proxies)

        def caller(request: Request) -> str:
            peer = request.client.host if request.client else ""
            address = rates.caller(peer, request.headers.getlist("x-forwarded-for"))
            return network(address) or address

        pages = staff.routes(engine, caller)
        site = app(engine, keys.check, pages=pages, beside=[(other, their.check) for other, their in others])
        settle()
        serve(site, engine, host=args.host, port=args.port, workers=args.workers)
    return 0


def _apart(held: Sequence[tuple[str, Keys]], now: int) -> None:
    """No key may open two workspaces: a copy or a restored backup beside its original would never be asked."""
    opens: dict[str, str] = {}
    for folder, keys in held:
        for key in keys.list():
            other = opens.setdefault(key.sha256, folder)
            if other != folder and not 0 < key.expires <= now:
                rule = f"has a key in common with {other}, so calls would not tell which of the two they are about"
                raise InvalidInput("beside", folder, rule, "serve a copy alone, or give it other keys: salience keys")
