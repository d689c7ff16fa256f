"""The keys that seal personal fields, apart from the data: ``keys/workspace.json`` (0600) and ``keys/people.db``.

People's keys lie wrapped in a SQLite file with synchronous=FULL: a key is durable before the event that needs it is
acknowledged. Every `put` reads the workspace key that is in use inside its own write transaction, so a rotation by
another process can drop an old workspace key once no row is wrapped by it, and no later row can be.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import apsw
import msgspec
from msgspec import Struct

from salience.events import InvalidInput
from salience.store.connections import Connections
from salience.store.durable import write_file
from salience.store.faults import Damaged, Unavailable
from salience.store.schema import MEMORY
from salience.store.scrub import emptied, scrub

WORKSPACE, PEOPLE = "workspace.json", "people.db"
_STILL_SOUND = (apsw.FullError, apsw.BusyError, apsw.LockedError)
_TABLES = """
CREATE TABLE schema_version (version INTEGER NOT NULL) STRICT;
INSERT INTO schema_version VALUES (1);
CREATE TABLE person_keys (
    id INTEGER PRIMARY KEY,
    person TEXT,
    wrapped_by TEXT NOT NULL,
    key BLOB NOT NULL
) STRICT;
CREATE INDEX person_keys_by_person ON person_keys (person) WHERE person IS NOT NULL;
"""
_TOMBSTONES = """CREATE TABLE IF NOT EXISTS tombstones (
    pseudonym TEXT NOT NULL,
    receipt TEXT NOT NULL,
    at INTEGER NOT NULL,
    row INTEGER NOT NULL,
    PRIMARY KEY (pseudonym, receipt)
) STRICT, WITHOUT ROWID"""
"""Who was erased, as pseudonyms: beside the keys, because those are kept apart and copied last. An older program does
not look at it."""
_AT_ONCE = 1_000


Row: TypeAlias = tuple[int, str, str, bytes]
"""A `WrappedKey`, also when another room makes it."""

Fresh: TypeAlias = tuple[int, str | None, str, bytes]
"""A key on its way to the disk; nobody's (None) as long as it is spare."""

_SPARE = "person IS NULL AND key <> x''"


class WrappedKey(NamedTuple):
    """A person's key as it lies on the disk; no bytes once it is destroyed."""

    id: int
    person: str
    by: str
    key: bytes


class Stone(NamedTuple):
    """One tombstone as it lies on the disk (`privacy.suppression.Tombstone`)."""

    pseudonym: str
    receipt: str
    at: int
    row: int


class _WorkspaceKeys(Struct, frozen=True, forbid_unknown_fields=True):
    workspace: str
    current: str
    keys: dict[str, bytes]


class Keyring:
    """The keys in one folder, or in memory without one. One process adds people's keys; any may rotate."""

    def __init__(self, folder: Path | None, *, read_only: bool = False) -> None:
        self._folder = folder
        self._seen: tuple[int, int] = (0, 0)
        self._writing = threading.Lock()
        self._sound = True
        self._keys = _fresh() if folder is None else self._opened(folder, make=not read_only)
        people = MEMORY if folder is None or not (folder / WORKSPACE).exists() else str(folder / PEOPLE)
        self._people = Connections(people, read_only=read_only and people != MEMORY, tables=_prepare)

    @property
    def read_only(self) -> bool:
        """Whether nothing can be added here, because another process may be writing."""
        return self._people.read_only

    @property
    def workspace(self) -> str:
        """A random id that every sealed cell is bound to."""
        return self._keys.workspace

    @property
    def current(self) -> str:
        """The name of the workspace key that wraps new keys."""
        return self._reload().current

    def workspace_key(self, name: str) -> bytes | None:
        """The workspace key of this name; None if it is not here."""
        return self._keys.keys.get(name) or self._reload().keys.get(name)

    def newest(self, person: str) -> WrappedKey | None:
        """A person's key; None if there is none, or none any more."""
        return self._one("person = ? ORDER BY rowid DESC LIMIT 1", person)

    def newest_of(self, people: Sequence[str]) -> dict[str, Row]:
        """`newest` of many people in one reading: person -> key, without those who have none."""
        found: dict[str, Row] = {}
        for first in range(0, len(people), _AT_ONCE):
            some = people[first : first + _AT_ONCE]
            where = f"person IN ({', '.join('?' * len(some))}) ORDER BY rowid"
            found.update((row.person, row) for row in self._all(where, some))
        return found

    def get(self, key: int) -> WrappedKey | None:
        """The key of this id, without bytes if it was destroyed."""
        return self._one("id = ?", key)

    def put(self, make: Callable[[str, bytes], Sequence[Fresh]], claims: Sequence[tuple[int, str]] = ()) -> None:
        """Store durably what ``make(name, workspace key)`` returns, and whose spares have become: (key id, person).

        A spare is a key of nobody yet. `Unavailable` if the disk does not take it.
        """

        def insert(db: apsw.Connection) -> None:
            current = self._reload()
            rows = make(current.current, current.keys[current.current])
            db.executemany("INSERT OR IGNORE INTO person_keys (id, person, wrapped_by, key) VALUES (?, ?, ?, ?)", rows)
            sql = f"UPDATE person_keys SET person = ?2 WHERE id = ?1 AND {_SPARE}"  # noqa: S608 - our text
            db.executemany(sql, claims)

        self._transact(insert)

    def spares(self) -> list[int]:
        """The ids of the keys that belong to nobody yet."""
        with self._people.reader() as db:
            return [int(row[0]) for row in db.execute(f"SELECT id FROM person_keys WHERE {_SPARE}")]  # noqa: S608

    def discard(self, keys: Sequence[int]) -> None:
        """Drop spares that have sealed nothing."""
        sql = f"DELETE FROM person_keys WHERE id = ? AND {_SPARE}"  # noqa: S608 - our text
        self._transact(lambda db: db.executemany(sql, [(key,) for key in keys]))

    def destroy(self, person: str) -> int:
        """Destroy a person's keys, for good; how many. What they sealed reads as erased from then on."""

        def overwrite(db: apsw.Connection) -> list[bytes]:
            sql = "SELECT key FROM person_keys WHERE person = ?"
            keys = [bytes(row[0]) for row in db.execute(sql, (person,))]
            db.execute("UPDATE person_keys SET person = NULL, key = x'' WHERE person = ?", (person,))
            return keys

        gone: list[bytes] = self._transact(overwrite)
        if gone:  # no old page may keep the key or whose it was
            scrub(self._people, self._writing, [person.encode("utf-8", "surrogatepass"), *gone])
        return len(gone)

    def destroy_keys(self, keys: Sequence[int]) -> None:
        """Destroy keys by id, for good, once nothing is sealed by them any more."""
        sql = "UPDATE person_keys SET person = NULL, key = x'' WHERE id = ?"
        self._transact(lambda db: db.executemany(sql, [(key,) for key in keys]))
        emptied(self._people, self._writing)

    def bury(self, stones: Sequence[Stone]) -> None:
        """Store tombstones durably. One that is there already is left as it is."""
        sql = "INSERT OR IGNORE INTO tombstones (pseudonym, receipt, at, row) VALUES (?, ?, ?, ?)"
        self._transact(lambda db: db.executemany(sql, stones))

    def buried(self) -> list[Stone]:
        """Every tombstone, oldest first."""
        with self._people.reader() as db:
            there = "SELECT count(*) FROM sqlite_schema WHERE name = 'tombstones'"
            if not next(db.execute(there))[0]:
                return []
            return [
                Stone(*row) for row in db.execute("SELECT pseudonym, receipt, at, row FROM tombstones ORDER BY at, row")
            ]

    def keys_of(self, person: str) -> list[int]:
        """The ids of a person's keys that are not destroyed."""
        with self._people.reader() as db:
            return [int(row[0]) for row in db.execute("SELECT id FROM person_keys WHERE person = ?", (person,))]

    def people(self) -> list[str]:
        """Everybody who has a key."""
        with self._people.reader() as db:
            sql = "SELECT DISTINCT person FROM person_keys WHERE person IS NOT NULL AND key <> x''"
            return [str(row[0]) for row in db.execute(sql)]

    def some_people(self, most: int) -> list[str]:
        """The names that keys stand under, up to ``most`` of them."""
        with self._people.reader() as db:
            sql = "SELECT DISTINCT person FROM person_keys WHERE person IS NOT NULL LIMIT ?"
            return [str(row[0]) for row in db.execute(sql, (most,))]

    def rotate(self, rewrap: Callable[[Row, str, bytes], Fresh]) -> int:
        """Make a new workspace key, wrap every person's key by it, drop the old ones; how many were wrapped anew.

        Readers and writers go on meanwhile, in this process and in others. A kill leaves both keys in place.
        """
        if self._folder is None:
            raise InvalidInput("keys", "in memory", "cannot be rotated", "open a workspace folder")
        with _alone(self._folder):
            fresh, before = _fresh(), self._reload()
            self._save(_WorkspaceKeys(before.workspace, fresh.current, {**before.keys, **fresh.keys}))
            total = 0
            while count := self._transact(lambda db: self._rewrap_some(db, rewrap)):
                total += count
            self._transact(lambda _db: self._save(_WorkspaceKeys(before.workspace, fresh.current, fresh.keys)))
        return total

    def backup(self, folder: Path) -> None:
        """Copy the keys into a folder, which must exist: people's keys first, then what wraps them."""
        if self._folder is None:
            raise InvalidInput("keys", "in memory", "cannot be copied", "open a workspace folder")
        with _alone(self._folder):
            copy = apsw.Connection(str(folder / PEOPLE))
            try:
                with self._people.reader() as db, copy.backup("main", db, "main") as work:
                    work.step(-1)
                copy.execute("PRAGMA journal_mode = DELETE")
            finally:
                copy.close(force=True)
            write_file(folder / WORKSPACE, (self._folder / WORKSPACE).read_bytes(), mode=0o600)

    def close(self) -> None:
        """Close the file. Closing twice is allowed."""
        self._people.close(healthy=self._sound)

    def _rewrap_some(self, db: apsw.Connection, rewrap: Callable[[Row, str, bytes], Fresh]) -> int:
        keys = self._keys
        sql = "SELECT id, person, wrapped_by, key FROM person_keys WHERE wrapped_by <> ? AND key <> x'' LIMIT ?"
        old = [WrappedKey(*row) for row in db.execute(sql, (keys.current, _AT_ONCE))]
        new = [rewrap(one, keys.current, keys.keys[keys.current]) for one in old]
        changes = [(by, key, number) for number, _, by, key in new]
        db.executemany("UPDATE person_keys SET wrapped_by = ?, key = ? WHERE id = ?", changes)
        return len(new)

    def _one(self, where: str, value: object) -> WrappedKey | None:
        return next(iter(self._all(where, (value,))), None)

    def _all(self, where: str, values: Sequence[object]) -> list[WrappedKey]:
        sql = f"SELECT id, ifnull(person, ''), wrapped_by, key FROM person_keys WHERE {where}"  # noqa: S608 - our text
        with self._people.reader() as db:
            try:
                found: Any = db.execute(sql, values).fetchall()
            except (apsw.CorruptError, apsw.NotADBError) as error:
                raise Damaged("keys", str(error)) from error
            except apsw.Error as error:
                raise Unavailable(f"the keys cannot be read: {error}") from error
        return [WrappedKey(*row) for row in found]

    def _transact(self, work: Callable[[apsw.Connection], Any]) -> Any:
        with self._writing:
            try:
                if not self._sound:
                    self._people.reopen()
                    self._sound = True
                with self._people.writer() as db:
                    db.execute("BEGIN IMMEDIATE")
                    try:
                        result = work(db)
                        db.execute("COMMIT")
                    finally:
                        if db.in_transaction:
                            db.execute("ROLLBACK")
                    return result
            except apsw.Error as error:
                self._sound = self._sound and isinstance(error, _STILL_SOUND)
                raise Unavailable(f"the disk did not take the keys: {error}") from error

    def _opened(self, folder: Path, *, make: bool) -> _WorkspaceKeys:
        if not (folder / WORKSPACE).exists():
            if (folder / PEOPLE).exists():
                raise Damaged(f"keys/{WORKSPACE}", "is gone, and what it wraps is not: restore it from a backup")
            if not make:
                return _fresh()  # a workspace of an older format, which nothing was sealed in
            folder.mkdir(mode=0o700, exist_ok=True)
            self._save(_fresh())
        return self._reload()

    def _reload(self) -> _WorkspaceKeys:
        if self._folder is None:
            return self._keys
        path = self._folder / WORKSPACE
        try:
            found = path.stat()
            if (found.st_ino, found.st_mtime_ns) != self._seen:
                self._keys = msgspec.json.decode(path.read_bytes(), type=_WorkspaceKeys)
                self._seen = (found.st_ino, found.st_mtime_ns)
        except FileNotFoundError:
            return self._keys
        except msgspec.MsgspecError as error:
            raise Damaged(f"keys/{WORKSPACE}", str(error)) from error
        return self._keys

    def _save(self, keys: _WorkspaceKeys) -> None:
        assert self._folder is not None  # noqa: S101 - for the type checker: callers have looked
        write_file(self._folder / WORKSPACE, msgspec.json.encode(keys), mode=0o600)
        self._keys, self._seen = keys, (0, 0)


def _fresh() -> _WorkspaceKeys:
    name = secrets.token_hex(4)
    return _WorkspaceKeys(secrets.token_hex(16), name, {name: secrets.token_bytes(32)})


def _prepare(db: apsw.Connection, path: str) -> None:
    there = "SELECT count(*) FROM sqlite_schema WHERE name = 'person_keys'"
    if not next(db.execute(there))[0] and not db.readonly("main"):
        db.execute("BEGIN IMMEDIATE")
        if not next(db.execute(there))[0]:
            db.execute(_TABLES)
        db.execute("COMMIT")
    if not db.readonly("main"):
        db.execute(_TOMBSTONES)
    version = next(db.execute("SELECT version FROM schema_version"))[0]
    if version != 1:
        raise InvalidInput("keys", Path(path).name, f"has format {version}, this program reads 1", "upgrade salience")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One rotation or copy at a time, over all processes."""
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
