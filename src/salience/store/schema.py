"""The tables of the log, and how a connection to them is opened.

``events`` is append-only; a row's number is its place in commit order and is never given away twice: rows are
rewritten in place when something must be forgotten, never deleted (a forgotten row has kind '' and an empty body).
A body may be sealed in part (`rows.Codec`); ``failed.key`` names the key of raw bytes, 0 where they are plain.
``crc`` is the CRC-32 of ``body``: SQLite has no page checksums of its own, so a flipped bit would go unnoticed.
"""

from __future__ import annotations

from pathlib import Path

import apsw

from salience.events import InvalidInput
from salience.store.by_subject import bring_up, is_up
from salience.store.faults import Unavailable

VERSION = 2
MEMORY = ":memory:"

_TABLES = """
CREATE TABLE schema_version (version INTEGER NOT NULL) STRICT;
INSERT INTO schema_version VALUES (2);
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    time INTEGER NOT NULL,
    body BLOB NOT NULL,
    crc INTEGER NOT NULL
) STRICT;
CREATE TABLE failed (
    seq INTEGER PRIMARY KEY,
    raw BLOB NOT NULL,
    reason TEXT NOT NULL,
    received INTEGER NOT NULL,
    key INTEGER NOT NULL DEFAULT 0,
    source TEXT NOT NULL DEFAULT '',
    schema INTEGER NOT NULL DEFAULT 1,
    public INTEGER NOT NULL DEFAULT 0,
    digest BLOB,
    replayed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX failed_once ON failed (digest) WHERE digest IS NOT NULL;
CREATE TABLE ledger (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    received INTEGER NOT NULL,
    stored INTEGER NOT NULL,
    duplicate INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    CHECK (received = stored + duplicate + failed + refused)
) STRICT;
INSERT INTO ledger VALUES (1, 0, 0, 0, 0, 0);
"""

_FROM_1_TO_2 = """
ALTER TABLE failed ADD COLUMN key INTEGER NOT NULL DEFAULT 0;
ALTER TABLE failed ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE failed ADD COLUMN schema INTEGER NOT NULL DEFAULT 1;
ALTER TABLE failed ADD COLUMN public INTEGER NOT NULL DEFAULT 0;
ALTER TABLE failed ADD COLUMN digest BLOB;
ALTER TABLE failed ADD COLUMN replayed INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX failed_once ON failed (digest) WHERE digest IS NOT NULL;
UPDATE schema_version SET version = 2;
"""
"""Bodies stay as they are: what was written plain is read plain."""


def connect(path: str, *, read_only: bool = False, busy_ms: int = 2000) -> apsw.Connection:
    """One connection: WAL, synchronous=FULL, no foreign keys. The schema is neither made nor looked at."""
    flags = apsw.SQLITE_OPEN_READONLY if read_only else apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    db = apsw.Connection(path, flags=flags)
    try:
        db.set_busy_timeout(busy_ms)
        db.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
        # After a failed sync the page cache may call lost pages clean. Closing must then not checkpoint: see
        # `Connections.reopen`, which does it where failure is seen. An orderly close checkpoints by itself.
        db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        for pragma in ("synchronous = FULL", "foreign_keys = OFF", "trusted_schema = OFF", "temp_store = MEMORY"):
            db.execute(f"PRAGMA {pragma}")
        if not read_only and path != MEMORY:
            _write_ahead(db, path)
            db.execute("PRAGMA journal_size_limit = 67108864")
            db.execute("PRAGMA secure_delete = ON")
    except BaseException:
        db.close(force=True)
        raise
    return db


def _write_ahead(db: apsw.Connection, path: str) -> None:
    mode = next(db.execute("PRAGMA journal_mode = WAL"))[0]
    if mode != "wal":
        raise Unavailable(f"{path}: this file system cannot hold a write-ahead log (journal mode {mode!r})")


def prepare(db: apsw.Connection, path: str) -> None:
    """Make the tables if there are none, bring older ones up to date; refuse a log that a newer program wrote."""
    version = _version(db)
    if version in (0, 1) and not db.readonly("main"):
        db.execute("BEGIN IMMEDIATE")  # two processes may come at once: the second then finds the tables
        try:
            version = _version(db)
            if version in (0, 1):
                db.execute(_TABLES if version == 0 else _FROM_1_TO_2)
                bring_up(db)
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
        version = _version(db)
    elif version == VERSION and not db.readonly("main") and not is_up(db):
        with db:
            bring_up(db)
    if version != VERSION:
        way_out = "upgrade salience" if version > VERSION else "this is not a salience log"
        if version == 1:
            way_out = "let a verb that writes open it once, e.g. salience serve: that brings it up to date"
        rule = f"has format {version}, this program reads {VERSION}"
        raise InvalidInput("log", Path(path).name, rule, way_out)


def _version(db: apsw.Connection) -> int:
    """The format of the tables; 0 where there are none."""
    there = next(db.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'schema_version'"))[0]
    return int(next(db.execute("SELECT version FROM schema_version"))[0]) if there else 0
