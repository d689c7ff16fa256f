"""`salience serve`: answer over HTTP until Ctrl-C or SIGTERM."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import show
from salience.cli.home import keys_of, open_engine
from salience.cli.parser import Parser, whole


def add(parser: Parser) -> None:
    """What the verb takes."""
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1: this machine only)")
    parser.add_argument("--port", type=whole(0, 65_535), default=8000, help="the port (8000)")
    parser.add_argument(
        "--workers", type=whole(1, 64), default=1, help="processes; the embedded log has one writer (1)"
    )


def run(args: Namespace) -> int:
    """Serve. Ends with 0 after a stop signal."""
    from salience.serve.app import app
    from salience.serve.run import run as serve

    keys = keys_of(args)
    engine = open_engine(args)
    show.say(f"serving {keys.workspace} on http://{args.host}:{args.port}; routes at /docs; Ctrl-C stops")
    serve(app(engine, keys.check), engine, host=args.host, port=args.port, workers=args.workers)
    return 0
