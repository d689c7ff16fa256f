"""`salience consume STREAM`: events from a stream into the log, each with its effect exactly once."""

from __future__ import annotations

import signal
import threading
from argparse import Namespace
from typing import TYPE_CHECKING

from salience.cli import show
from salience.cli.collector import settle
from salience.cli.home import open_engine
from salience.cli.parser import Parser

if TYPE_CHECKING:
    from salience.collect.sources.pump import Pumped


def add(parser: Parser) -> None:
    """What the verb takes."""
    parser.add_argument("stream", metavar="STREAM", help="kafka://HOST:PORT/TOPIC or nats://HOST:PORT/STREAM")
    parser.add_argument("--until-empty", action="store_true", help="end when nothing is left; else go on for ever")


def run(args: Namespace) -> int:
    """Read until Ctrl-C or SIGTERM, or until the stream is empty. The next run goes on where this one ended."""
    from salience.collect.sources import source
    from salience.collect.sources.pump import pump
    from salience.collect.sources.source import Unreachable

    stream = source(args.stream)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    with open_engine(args) as engine:
        show.say(f"reading {stream.name} from {engine.place(stream.name) or 'its beginning'}; Ctrl-C stops")
        watch = Troubles()
        settle()
        try:
            done = pump(stream, engine, stop=stop, until_empty=args.until_empty, watch=watch)
        except Unreachable as error:
            raise ConnectionError(str(error)) from error
    names = ("received", "stored", "duplicate", "failed", "refused")
    counts = {name: getattr(done, name) for name in names}
    if args.json:
        show.as_json(counts)
    else:
        print(f"{done.received:,} received = " + " + ".join(f"{counts[what]:,} {what}" for what in list(counts)[1:]))
    return 0


class Troubles:
    """Says each new trouble once, and when it is over."""

    def __init__(self) -> None:
        self.last = ""

    def __call__(self, done: Pumped) -> None:
        """Look at what came through."""
        if done.trouble != self.last:
            show.say(done.trouble or f"goes on; {done.received:,} received so far")
            self.last = done.trouble
