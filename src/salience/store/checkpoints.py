"""Brings the write-ahead log into its file beside the writer, so that no caller waits for it.

A checkpoint copies thousands of pages and syncs both files; done by the writer, as SQLite does by itself, it is a pause
of some 50 ms every few seconds. A second connection may do it while commits go on, but SQLite begins the log anew only
once everything in it was copied, and meanwhile more has come. So most is copied here, and the writer copies the little
that is left after it has answered those who wait for it. https://www.sqlite.org/wal.html, section 6.
"""

from __future__ import annotations

import contextlib
import threading

import apsw

from salience.store.connections import Connections
from salience.store.faults import Unavailable

PAGES = 4_000
"""16 MiB of log before it goes into the file, so that a page that many commits touch is written once."""

LITTLE = 400
"""Pages that the writer may copy by itself: about a millisecond."""

ROUNDS = 4
MOST = 16_000
"""Pages from which on the writer copies all of it: whoever should have done it does not keep up."""


class Checkpoints:
    """One thread for one log. ``grew`` and ``committed`` belong to the writer's thread."""

    def __init__(self) -> None:
        self._connections: Connections | None = None
        self._pages = 0
        self._nearly = False
        self._ended = False
        self._wanted = threading.Event()
        self._thread = threading.Thread(target=self._run, name="salience-checkpoint", daemon=True)

    def begin(self, connections: Connections) -> None:
        """Those of the log."""
        self._connections = connections
        if not connections.memory:
            self._thread.start()

    def grew(self, pages: int) -> None:
        """A commit made the log this long."""
        self._pages = pages

    def committed(self, db: apsw.Connection) -> None:
        """Nobody waits just now: start the work, or end it."""
        if self._pages < PAGES:
            return
        if self._nearly or self._pages >= MOST:
            self._nearly = False
            with contextlib.suppress(apsw.Error):  # what was not copied stays in the log, for the next time
                db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        else:
            self._wanted.set()

    def close(self) -> None:
        """No further one."""
        self._ended = True
        self._wanted.set()
        if self._thread.ident:
            self._thread.join()

    def _run(self) -> None:
        while self._wanted.wait():
            self._wanted.clear()  # before the work: what is asked for during it, the end too, must not be forgotten
            if self._ended:
                return
            with contextlib.suppress(apsw.Error, Unavailable):
                self._copy()

    def _copy(self) -> None:
        assert self._connections is not None  # noqa: S101 - the thread starts with them
        for _ in range(ROUNDS):
            with self._connections.reader() as db:
                pages, copied = db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
            if pages - copied <= LITTLE and self._pages - copied <= LITTLE:
                break
        self._nearly = True
