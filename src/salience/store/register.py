"""The register of privacy: ``privacy.db`` with the audit chain and the records of requests, notices, copies, reviews.

A record is a typed struct of the room that owns it, as JSON; this file only keeps them, by sort and id. Personal ids
stand in neither: ``about`` is a pseudonym. The head of the audit chain lies in ``keys/audit.json``, apart from it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

import apsw

from salience.store.connections import Connections, checkpoint
from salience.store.durable import write_file
from salience.store.faults import Damaged, Unavailable
from salience.store.schema import MEMORY

REGISTER, HEAD = "privacy.db", "audit.json"
Sort: TypeAlias = Literal["request", "notice", "recipient", "shared", "review", "copy", "spent", "receipt", "model"]
AuditRow: TypeAlias = tuple[int, int, str, str, str, str, str]
"""(seq, at, actor, action, about, detail, hash)"""

_TABLES = """
CREATE TABLE schema_version (version INTEGER NOT NULL) STRICT;
INSERT INTO schema_version VALUES (1);
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    about TEXT NOT NULL,
    detail TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE TABLE records (
    sort TEXT NOT NULL,
    id TEXT NOT NULL,
    about TEXT NOT NULL,
    status TEXT NOT NULL,
    at INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (sort, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX records_about ON records (about) WHERE about <> '';
"""
_AUDIT = "SELECT seq, at, actor, action, about, detail, hash FROM audit"


class Record(NamedTuple):
    """One record. ``status`` is what lists are made by; ``at`` is when it was made, ms."""

    sort: str
    id: str
    about: str
    status: str
    at: int
    body: bytes


class Register:
    """The register in the folder of a workspace, or in memory without one. Several processes may write to it."""

    def __init__(self, folder: Path | None, *, read_only: bool = False) -> None:
        path = folder / REGISTER if folder else None
        self._head = folder / "keys" / HEAD if folder else None
        self._kept_head: bytes | None = None
        there = path is not None and path.exists()
        name = str(path) if path is not None and (there or not read_only) else MEMORY
        self._db = Connections(name, read_only=read_only and name != MEMORY, tables=_prepare)
        self._writing = threading.RLock()

    def put(self, record: Record) -> None:
        """Store or replace one record, durably."""
        sql = "INSERT OR REPLACE INTO records (sort, id, about, status, at, body) VALUES (?, ?, ?, ?, ?, ?)"
        self._transact(lambda db: db.execute(sql, record))

    def get(self, sort: Sort, id: str) -> Record | None:
        """The record of this sort and id."""
        return next(iter(self._records("sort = ? AND id = ?", sort, id)), None)

    def all(self, sort: Sort, *, about: str | None = None, status: str | None = None) -> list[Record]:
        """The records of a sort, oldest first; of one person, or of one status alone."""
        where, values = "sort = ?", [str(sort)]
        for column, value in (("about", about), ("status", status)):
            if value is not None:
                where, values = f"{where} AND {column} = ?", [*values, value]
        return self._records(f"{where} ORDER BY at, id", *values)

    def remove(self, sort: Sort, id: str) -> None:
        """Forget one record; no old page keeps it."""
        self._transact(lambda db: db.execute("DELETE FROM records WHERE sort = ? AND id = ?", (sort, id)))
        self._checkpoint()

    def expire(self, sort: Sort, before: int, *, but: str = "") -> int:
        """Forget the records of a sort made before ``before`` (ms), except those of status ``but``; how many."""
        sql = "DELETE FROM records WHERE sort = ? AND at < ? AND status <> ? RETURNING id"
        gone = len(self._transact(lambda db: db.execute(sql, (sort, before, but)).fetchall()))
        if gone:
            self._checkpoint()
        return gone

    def audit(self, link: Callable[[int, str], AuditRow], seal: Callable[[int, str], bytes]) -> AuditRow:
        """Append what ``link(seq, hash of the row before)`` makes, then replace the head by what ``seal`` makes."""

        def append(db: apsw.Connection) -> AuditRow:
            last = db.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
            row = link(last[0] + 1 if last else 1, last[1] if last else "")
            db.execute(
                "INSERT INTO audit (seq, at, actor, action, about, detail, hash) VALUES (?, ?, ?, ?, ?, ?, ?)", row
            )
            return row

        with self._writing:
            row: AuditRow = self._transact(append)
            head = seal(row[0], row[6])
            if self._head is not None:
                write_file(self._head, head, mode=0o600)
            self._kept_head = head
        return row

    def audited(self, *, after: int = 0, limit: int = -1) -> Iterator[AuditRow]:
        """The rows of the audit chain, in order."""
        return iter(self._query(f"{_AUDIT} WHERE seq > ? ORDER BY seq LIMIT ?", after, limit))

    def head(self) -> bytes | None:
        """The signed head; None before the first row, or once it is gone."""
        if self._head is None:
            return self._kept_head
        return self._head.read_bytes() if self._head.is_file() else None

    def backup(self, target: Path) -> None:
        """Copy it as it is at one moment into a new file."""
        copy = apsw.Connection(str(target))
        try:
            with self._db.reader() as db, copy.backup("main", db, "main") as work:
                work.step(-1)
            copy.execute("PRAGMA journal_mode = DELETE")
        finally:
            copy.close(force=True)

    def close(self) -> None:
        """Close the file. Closing twice is allowed."""
        self._db.close()

    def _records(self, where: str, *values: object) -> list[Record]:
        sql = f"SELECT sort, id, about, status, at, body FROM records WHERE {where}"  # noqa: S608 - our own text
        return [Record(*row) for row in self._query(sql, *values)]

    def _query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._db.reader() as db:
            try:
                return db.execute(sql, values).fetchall()
            except (apsw.CorruptError, apsw.NotADBError) as error:
                raise Damaged("privacy.db", str(error)) from error
            except apsw.Error as error:
                raise Unavailable(f"the register cannot be read: {error}") from error

    def _transact(self, work: Callable[[apsw.Connection], Any]) -> Any:
        try:
            with self._writing, self._db.writer() as db:
                db.execute("BEGIN IMMEDIATE")
                try:
                    result = work(db)
                    db.execute("COMMIT")
                finally:
                    if db.in_transaction:
                        db.execute("ROLLBACK")
                return result
        except apsw.Error as error:
            raise Unavailable(f"the register did not take it: {error}") from error

    def _checkpoint(self) -> None:
        if not self._db.memory:
            with self._writing, self._db.writer() as db:
                checkpoint(db)


def remember_copy(folder: Path, path: Path, sort: Literal["backup", "export"], now: int) -> None:
    """Note where a copy of people's data was written, so that an erasure can reach it or name it."""
    register, whole = Register(folder), str(path.resolve())
    try:
        register.put(Record("copy", whole, "", sort, now, whole.encode()))
    finally:
        register.close()


def _prepare(db: apsw.Connection, _path: str) -> None:
    there = "SELECT count(*) FROM sqlite_schema WHERE name = 'records'"
    if not next(db.execute(there))[0] and not db.readonly("main"):
        db.execute("BEGIN IMMEDIATE")
        try:
            if not next(db.execute(there))[0]:
                db.execute(_TABLES)
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
