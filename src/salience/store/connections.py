"""One connection that writes and a few that read, over one database; or one that does both, guarded, in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from salience.events import InvalidInput
from salience.store.faults import Unavailable
from salience.store.schema import MEMORY, connect, prepare
from salience.store.wal import broken_frame

IDLE_READERS = 8
WRITER_PRAGMAS = ("cache_size = -24576", "wal_autocheckpoint = 4000")
"""24 MiB of pages, so that inserting random ids reads no page twice; 16 MiB of log before it goes into the file, so
that a page that many commits touch is written once."""


class Connections:
    """The connections of one log. Only the writer thread may call `writer` and `reopen`; anybody may call `reader`."""

    def __init__(
        self,
        path: str,
        *,
        read_only: bool = False,
        busy_ms: int = 2000,
        tables: Callable[[apsw.Connection, str], None] = prepare,
        grew: Callable[[int], None] | None = None,
    ) -> None:
        """``grew``: told the pages of the write-ahead log after every commit; it then goes into the file by no other
        hand."""
        self.path, self.read_only, self._busy_ms, self._tables = path, read_only, busy_ms, tables
        self._grew = grew
        self._idle: list[apsw.Connection] = []
        self._reading = 0
        self._open = True
        self._turn = threading.Condition(threading.RLock())
        self._writer: apsw.Connection | None = None
        if not read_only and not self.memory and (frame := broken_frame(Path(path + "-wal"))):
            rule = f"has a flaw in frame {frame} of its write-ahead log, and acknowledged events stand behind it"
            raise InvalidInput("log", Path(path).name, rule, "copy the folder, then `salience restore` a backup")
        try:
            first = self._connect_ready()
        except (apsw.NotADBError, apsw.CantOpenError) as error:
            raise InvalidInput("log", Path(path).name, f"cannot be opened: {error}", "name a salience log") from error
        except apsw.Error as error:
            raise Unavailable(f"{Path(path).name} cannot be opened: {error}") from error
        if read_only:
            self._idle.append(first)
        else:
            self._writer = first

    @property
    def memory(self) -> bool:
        """Whether there is one guarded connection only."""
        return self.path == MEMORY

    @contextmanager
    def writer(self) -> Iterator[apsw.Connection]:
        """The connection that writes."""
        if self._writer is None:
            raise Unavailable("the log is closed" if not self.read_only else "the log was opened for reading only")
        if not self.memory:
            yield self._writer
            return
        with self._turn:
            yield self._writer

    @contextmanager
    def reader(self) -> Iterator[apsw.Connection]:
        """A connection of one's own, for as long as the block lasts."""
        if self.memory:
            with self._turn:
                if self._writer is None:
                    raise Unavailable("the log is closed")
                yield self._writer
            return
        db = self._take()
        try:
            yield db
        finally:
            self._give_back(db)

    def reopen(self, *, timeout: float = 2.0) -> None:
        """After an I/O error: close every connection, open anew, and prove that the whole log can reach the disk.

        A sync that failed once may succeed falsely when asked again, because the kernel has marked the lost pages
        clean. With all connections gone (and no checkpoint on close) SQLite recovers from the log file and the
        truncating checkpoint writes and syncs every page again. Raises `Unavailable` while that does not work.
        """
        if self.memory:
            return
        self._close_all(timeout)
        with self._turn:
            self._open = True  # whoever comes first recovers from the log file, a reader as well as the writer
        try:
            fresh = self._connect_ready()
            busy = checkpoint(fresh)
        except apsw.Error as error:
            raise Unavailable(f"the log cannot be reopened: {error}") from error
        if busy:
            fresh.close(force=True)
            raise Unavailable("the log cannot be checkpointed: another process reads it")
        with self._turn:
            self._writer = fresh

    def close(self, *, healthy: bool = True) -> None:
        """Close everything; a healthy log is folded into one file on the way."""
        if healthy and self._writer is not None and not self.memory:
            self._writer.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
        self._close_all(2.0)

    def _connect_ready(self) -> apsw.Connection:
        db = connect(self.path, read_only=self.read_only, busy_ms=self._busy_ms)
        try:
            self._tables(db, self.path)
            for pragma in () if self.read_only else WRITER_PRAGMAS:
                db.execute(f"PRAGMA {pragma}")
            if self._grew and not self.read_only:
                db.set_wal_hook(self._told)  # it takes the place of SQLite's own checkpoints
        except BaseException:
            db.close(force=True)
            raise
        return db

    def _told(self, _: apsw.Connection, __: str, pages: int) -> int:
        if self._grew:
            self._grew(pages)
        return apsw.SQLITE_OK

    def _take(self) -> apsw.Connection:
        with self._turn:
            if not self._open:
                raise Unavailable("the log is closed")
            self._reading += 1
            if self._idle:
                return self._idle.pop()
        try:
            # Not opened read-only: a reader of a WAL database may have to make the shared-memory file.
            return connect(self.path, read_only=self.read_only, busy_ms=self._busy_ms)
        except apsw.Error as error:
            with self._turn:
                self._reading -= 1
                self._turn.notify_all()
            raise Unavailable(f"the log cannot be read: {error}") from error

    def _give_back(self, db: apsw.Connection) -> None:
        with self._turn:
            self._reading -= 1
            if self._open and len(self._idle) < IDLE_READERS:
                self._idle.append(db)
            else:
                db.close(force=True)
            self._turn.notify_all()

    def _close_all(self, timeout: float) -> None:
        with self._turn:
            self._open = False
            if not self._turn.wait_for(lambda: self._reading == 0, timeout):
                raise Unavailable("the log is still being read")
            for db in self._idle:
                db.close(force=True)
            self._idle.clear()
            if self._writer is not None:
                self._writer.close(force=True)
            self._writer = None


def checkpoint(db: apsw.Connection) -> bool:
    """Bring the whole log file into the database file and empty it; whether somebody was in the way."""
    try:
        return bool(next(db.execute("PRAGMA wal_checkpoint(TRUNCATE)"))[0])
    except apsw.Error:
        db.close(force=True)
        raise
