"""`salience import ... FOLDER --watch`: files that lie in a folder and files that come, each once it is whole."""

from __future__ import annotations

import signal
import threading
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path

from salience.cli import show
from salience.cli.collector import settle
from salience.cli.home import open_engine
from salience.events.fault import InvalidInput

EVERY = 2.0  # seconds between two looks; a file that did not change from one to the next is whole
MARK = "folder:"


def watch(args: Namespace, folders: Sequence[Path]) -> int:
    """Until Ctrl-C or SIGTERM. A file is known again by its path, size and time, also after a restart."""
    from salience.cli.reading import reader
    from salience.cli.sending import Totals, send

    for folder in folders:
        if not folder.is_dir():
            raise InvalidInput("files", str(folder), "is no folder", "name a folder with --watch, or leave --watch out")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    looks = {folder: Looks() for folder in folders}
    with open_engine(args, follow=False) as engine:
        settle()
        while not stop.is_set():
            for folder in folders:
                for path, state in looks[folder].whole(folder):
                    name = f"{MARK}{path.resolve()}"
                    if engine.place(name) == state or stop.is_set():
                        continue
                    totals = Totals()
                    try:
                        send(engine, reader(args, path)(lambda *_: None), source=path.name, totals=totals)
                    except InvalidInput as fault:  # a file that cannot be read must not end the watch
                        show.say(f"{path.name}: {fault}")
                    else:
                        print(f"{path.name}: {totals}", flush=True)
                    engine.store([], name, state)
            stop.wait(EVERY)
    return 0


class Looks:
    """What a folder looked like at the last two looks."""

    def __init__(self) -> None:
        self._before: dict[Path, str] = {}
        self._done: dict[Path, str] = {}

    def whole(self, folder: Path) -> Iterator[tuple[Path, str]]:
        """The files, by name, that stayed as they were since the last look, each state once; hidden ones never."""
        now = {path: _state(path) for path in sorted(folder.iterdir()) if path.is_file() and path.name[0] != "."}
        for path, state in now.items():
            if self._before.get(path) == state and self._done.get(path) != state:
                self._done[path] = state
                yield path, state
        self._before = now


def _state(path: Path) -> str:
    known = path.stat()
    return f"{known.st_size}:{known.st_mtime_ns}"
