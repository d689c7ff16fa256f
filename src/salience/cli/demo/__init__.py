"""`salience demo`: the whole loop on MovieLens 100K, then a page to click on."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from salience.cli import show
from salience.cli.parser import Parser, number, whole

if TYPE_CHECKING:
    from salience.cli.demo.report import Report
    from salience.engine import Engine


SETTINGS = """# A visitor of the demo decides in seconds: a row seen and ignored this long counts as no reward.
reward_wait_seconds = 20
"""


def add(parser: Parser) -> None:
    """What the verb takes."""
    parser.add_argument("--once", action="store_true", help="print the report, check the loop over HTTP, and end")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1: this machine only)")
    parser.add_argument("--port", type=whole(0, 65_535), default=8000, help="the port (8000; 0: any free one)")
    parser.add_argument(
        "--minutes", type=number(0, 600), default=0.5, help="stop trying settings after this long (0.5)"
    )
    parser.add_argument("--no-browser", action="store_true", help="do not open the page")


def run(args: Namespace) -> int:
    """Go round the loop; status 1 if one of the promises at the end does not hold."""
    from salience.cli.demo import loop
    from salience.cli.demo.report import Report
    from salience.engine import Engine
    from salience.serve.run import listening

    port = 0 if args.once else args.port
    with listening(args.host, port):
        pass  # a busy port is said now, not after the work
    report = Report(quiet=args.json)
    folder = loop.get_data(report)
    with workspace(args.home) as (home, write_key), Engine.open(home) as engine:
        with show.progress() as progress:
            loop.collect(engine, folder, report, progress)
            loop.prepare(engine, report, progress)
            loop.mine(engine, report, progress)
            loop.learn(engine, report, progress, args.minutes)
        with loop.served(engine, write_key, args.host, port) as address:
            if args.once:
                return once(engine, address, write_key, report, as_json=args.json)
            report.say(f"The page: {address}   (Ctrl-C stops)")
            if not args.no_browser and has_display():
                import webbrowser

                webbrowser.open(address)
            threading.Event().wait()
    return 0


def once(engine: Engine, address: str, write_key: str, report: Report, *, as_json: bool) -> int:
    """Check the loop as a visitor, then say what it all cost."""
    from salience.cli.demo.report import peak_megabytes
    from salience.cli.demo.simulate import simulate

    with report.stage("serve") as stage:
        checks = simulate(engine, address, write_key)
        stage.rows, stage.unit, stage.note = len(checks), "checks", address
    for check in checks:
        report.say(str(check))
    held = all(check.held for check in checks)
    seconds, megabytes = report.seconds, peak_megabytes()
    report.say(
        f"{'The loop is closed' if held else 'The loop is broken'}: {seconds:.1f} s, {megabytes:,.0f} MB at most"
    )
    if as_json:
        stages = [{"name": s.name, "rows": s.rows, "seconds": s.seconds, "note": s.note} for s in report.stages]
        checked = [{"promise": c.promise, "held": c.held, "figure": c.figure} for c in checks]
        show.as_json({"held": held, "seconds": seconds, "peak_mb": megabytes, "stages": stages, "checks": checked})
    return 0 if held else 1


@contextmanager
def workspace(home: str) -> Iterator[tuple[Path, str]]:
    """The folder (a temporary one unless named) and a write key for the page.

    SALIENCE_HOME is not looked at: nobody wants films in their shop. A folder of an earlier run is used again, and what
    it holds is not stored twice. Its keys are known only to those who wrote them down, so the page gets a new one.
    """
    from salience.store import home as homes

    with tempfile.TemporaryDirectory(prefix="salience-demo-") as scratch:
        folder = Path(home).expanduser().absolute() if home else Path(scratch) / "films"
        if (folder / homes.KEYS).is_file():
            with homes.open(folder, read_only=True) as opened:
                yield folder, opened.keys.rotate("write")
        else:
            yield folder, homes.create(folder, settings=SETTINGS).write_key


def has_display() -> bool:
    """Whether a browser opened from here would be seen by anybody."""
    if not sys.stdout.isatty():
        return False
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
