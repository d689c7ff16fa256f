"""The embedded log: the contract's suite on file and in memory, then what only a file can go through."""

from __future__ import annotations

import os
import threading
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import apsw
import msgspec
import pytest

from salience.events import AnyEvent, InvalidInput, Search
from salience.privacy.vault import Vault
from salience.store import sqlite_log
from salience.store.by_subject import BITS, INDEX, OF_SUBJECT, marked, spans
from salience.store.faults import Busy, Damaged, Unavailable
from salience.store.group_commit import Bounds
from salience.store.keyring import Keyring
from salience.store.log import EventLog, Failed, Ledger
from salience.store.sqlite_log import SqliteLog
from tests.store.log_suite import LogSuite, click, ids


class TestInMemory(LogSuite):
    def open_log(self) -> EventLog:
        return SqliteLog(":memory:")


class TestInFile(LogSuite):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder, self.numbers = tmp_path, count()

    def open_log(self) -> EventLog:
        return SqliteLog(self.folder / f"{next(self.numbers)}.db")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


def test_everything_is_there_after_a_restart_and_ids_are_known_for_ever(path: Path) -> None:
    with SqliteLog(path) as log:
        log.append([click("e1"), click("e2")], [Failed(b"x", "bad", 1)]).result()
    with SqliteLog(path) as log:
        assert ids(log.read()) == ["e1", "e2"]
        assert log.append([click("e2"), click("e3")]).result().rows == (0, 3)
        assert log.ledger() == Ledger(received=5, stored=3, duplicate=1, failed=1)
        assert log.damages() == []


def test_an_orderly_close_leaves_one_file(path: Path) -> None:
    with SqliteLog(path) as log:
        log.append([click("e1")]).result()
        assert {file.name for file in path.parent.iterdir()} == {"log.db", "log.db-wal", "log.db-shm"}
    assert [file.name for file in path.parent.iterdir()] == ["log.db"]


def test_small_appends_share_commits(path: Path) -> None:
    with SqliteLog(path) as log:
        with ThreadPoolExecutor(8) as senders:
            futures = list(senders.map(lambda n: log.append([click(f"e{n}")]), range(2000)))
        assert len({row for future in futures for row in future.result().rows}) == 2000
        assert log.commits < 500


FORMAT_1 = """
CREATE TABLE schema_version (version INTEGER NOT NULL) STRICT;
INSERT INTO schema_version VALUES (1);
CREATE TABLE events (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, subject TEXT NOT NULL,
    time INTEGER NOT NULL, body BLOB NOT NULL, crc INTEGER NOT NULL) STRICT;
CREATE INDEX events_by_subject ON events (subject) WHERE subject <> '';
CREATE TABLE failed (seq INTEGER PRIMARY KEY, raw BLOB NOT NULL, reason TEXT NOT NULL,
    received INTEGER NOT NULL) STRICT;
CREATE TABLE ledger (one INTEGER PRIMARY KEY CHECK (one = 1), received INTEGER NOT NULL, stored INTEGER NOT NULL,
    duplicate INTEGER NOT NULL, failed INTEGER NOT NULL, refused INTEGER NOT NULL,
    CHECK (received = stored + duplicate + failed + refused)) STRICT;
INSERT INTO ledger VALUES (1, 3, 1, 1, 1, 0);
"""


def test_a_log_of_format_1_is_brought_up_to_date_and_its_plain_rows_are_read(path: Path) -> None:
    old = Search(id="e1", user="ann", query="plain words")
    body = msgspec.json.encode(old)
    with apsw.Connection(str(path)) as db:
        db.execute(FORMAT_1)
        db.execute("INSERT INTO events VALUES (1, 'e1', 'search', 'ann', 0, ?, ?)", (body, zlib.crc32(body)))
        db.execute("INSERT INTO failed VALUES (1, x'7b', 'bad', 7)")
    db.close()
    with pytest.raises(InvalidInput, match="has format 1, this program reads 2; let a verb that writes open it once"):
        SqliteLog(path, read_only=True)
    new = Search(id="e2", user="ann", query="sealed needle")
    with SqliteLog(path, codec=Vault(Keyring(None), os.urandom)) as log:
        assert log.read() == [(1, old)]
        assert next(log.failures()) == Failed(b"{", "bad", 7, 1)
        log.append([new], [Failed(b"raw needle", "worse", 8)]).result()
        assert log.read() == [(1, old), (2, new)]
        assert [one.raw for one in log.failures()] == [b"raw needle", b"{"]
        assert log.damages() == []
    assert b"needle" not in path.read_bytes()
    with SqliteLog(path) as log, pytest.raises(Damaged, match="event row 2: it is sealed"):
        log.read()


def test_a_cell_moved_to_another_row_is_not_served(path: Path) -> None:
    ring = Keyring(None)
    with SqliteLog(path, codec=Vault(ring, os.urandom)) as log:
        log.append([Search(id=f"e{n}", user="ann", query=f"words {n}") for n in (1, 2)]).result()
    with apsw.Connection(str(path)) as db:
        bodies = [msgspec.json.decode(row[0]) for row in db.execute("SELECT body FROM events ORDER BY seq")]
        moved = msgspec.json.encode({**bodies[1], "event": bodies[0]["event"]})
        db.execute("UPDATE events SET body = ?, crc = ? WHERE seq = 1", (moved, zlib.crc32(moved)))
    db.close()
    with SqliteLog(path, codec=Vault(ring, os.urandom)) as log, pytest.raises(Damaged, match="changed, or moved"):
        log.read()


def test_keys_that_cannot_be_stored_acknowledge_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ring = Keyring(None)
    with SqliteLog(path, codec=Vault(ring, os.urandom)) as log:
        with monkeypatch.context() as broken:
            broken.setattr(ring, "put", lambda *_: (_ for _ in ()).throw(Unavailable("no key reaches the disk")))
            with pytest.raises(Unavailable, match="no key reaches the disk"):
                log.append([Search(id="e1", user="ann", query="needle")]).result()
            assert log.ledger() == Ledger()
        assert log.append([Search(id="e1", user="ann", query="needle")]).result().rows == (1,)
        assert ring.newest("ann") is not None


def test_a_newer_log_is_refused_untouched(path: Path) -> None:
    SqliteLog(path).close()
    db = apsw.Connection(str(path))
    db.execute("UPDATE schema_version SET version = 3")
    db.close()
    with pytest.raises(InvalidInput, match=r"log = 'log.db': has format 3, this program reads 2; upgrade salience"):
        SqliteLog(path)


def test_a_file_that_is_no_log_is_refused(path: Path) -> None:
    path.write_bytes(b"somebody's diary, long enough to have a header" * 30)
    with pytest.raises(InvalidInput, match="cannot be opened"):
        SqliteLog(path)
    assert path.read_bytes().startswith(b"somebody's diary")


def test_a_reader_in_another_place_sees_what_is_committed_and_cannot_write(path: Path) -> None:
    with SqliteLog(path) as log, SqliteLog(path, read_only=True) as reader:
        log.append([click("e1")]).result()
        assert ids(reader.read()) == ["e1"]
        with pytest.raises(Unavailable, match="reading only"):
            reader.append([click("e2")])
    with pytest.raises(InvalidInput, match="cannot be opened"):
        SqliteLog(path.with_name("none.db"), read_only=True)


class _Gate:
    """Stands before the transaction: holds it, or breaks it, as a disk would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open = threading.Event()
        self.open.set()
        self.entered = threading.Event()
        self.error: Exception | None = None
        real = sqlite_log._in_one_transaction

        def transaction(db: apsw.Connection, group: Any) -> Any:
            self.entered.set()
            self.open.wait(10)
            if self.error is not None:
                raise self.error
            return real(db, group)

        monkeypatch.setattr(sqlite_log, "_in_one_transaction", transaction)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Gate]:
    gate = _Gate(monkeypatch)
    yield gate
    gate.open.set()


def test_new_events_are_refused_while_too_many_wait(path: Path, gate: _Gate) -> None:
    with SqliteLog(path, bounds=Bounds(waiting_rows=10)) as log:
        gate.open.clear()
        first = log.append([click(f"a{n}") for n in range(20)])  # alone it is taken, however large
        assert gate.entered.wait(5)
        with pytest.raises(Busy, match=r"already wait for the disk \(limit 10\)") as refused:
            log.append([click("b")])
        assert refused.value.retry_after >= 1
        assert not first.done()
        gate.open.set()
        first.result()
        assert _eventually(lambda: log.waiting == 0)
        assert log.append([click("b")]).result().rows == (21,)


def test_a_full_disk_fails_its_group_alone_and_needs_no_reopening(path: Path, gate: _Gate) -> None:
    with SqliteLog(path) as log:
        gate.error = apsw.FullError("disk is full")
        with pytest.raises(Unavailable, match="did not take the events"):
            log.append([click("e1")]).result()
        assert "full" in log.trouble
        assert log.ledger() == Ledger()  # reads still answer
        gate.error = None
        assert log.append([click("e1")]).result().rows == (1,)
        assert log.trouble == ""


def test_a_really_full_disk(path: Path) -> None:
    """SQLite's own page limit gives the same error at the same places as a full disk."""
    with SqliteLog(path) as log:
        with log._connections.writer() as db:
            pages = next(db.execute("PRAGMA page_count"))[0]
            db.execute(f"PRAGMA max_page_count = {pages + 5}")
        with pytest.raises(Unavailable, match="full"):
            log.append([click(f"e{n}") for n in range(5000)]).result()
        assert log.ledger() == Ledger()
        with log._connections.writer() as db:
            db.execute("PRAGMA max_page_count = 1000000")
        assert len(log.append([click(f"e{n}") for n in range(5000)]).result().rows) == 5000
        assert log.damages() == []


def test_after_an_io_error_nothing_is_acknowledged_before_a_clean_reopening(path: Path, gate: _Gate) -> None:
    with SqliteLog(path) as log:
        log.append([click("e1")]).result()
        before = log._connections._writer
        gate.error = apsw.IOError("sync failed")
        with pytest.raises(Unavailable, match="sync failed"):
            log.append([click("e2")]).result()
        gate.error = None
        with log._connections.reader(), pytest.raises(Unavailable, match="still being read"):
            log._connections.reopen(timeout=0.01)  # what a long read does to it: no acknowledgement, another try
        assert log.append([click("e2")]).result().rows == (2,)
        assert log._connections._writer is not before
        assert ids(log.read()) == ["e1", "e2"]


def test_a_lock_held_by_another_process_is_waited_for_and_then_told(path: Path) -> None:
    with SqliteLog(path, busy_ms=50) as log:
        other = apsw.Connection(str(path))
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="locked"):
            log.append([click("e1")]).result()
        other.execute("ROLLBACK")
        other.close()
        assert log.append([click("e1")]).result().rows == (1,)


def test_one_bad_job_does_not_fail_its_neighbours(path: Path, gate: _Gate) -> None:
    with SqliteLog(path) as log:
        gate.open.clear()
        held = log.append([click("held")])
        assert gate.entered.wait(5)
        good, bad, also_good = (log.append([click(name)], failed) for name, failed in _one_bad())
        gate.open.set()
        assert held.result().rows == (1,)
        assert good.result().rows == (2,)
        with pytest.raises(Unavailable, match="cannot be stored"):
            bad.result()
        assert also_good.result().rows == (3,)
        assert log.ledger().balanced


def _one_bad() -> list[tuple[str, list[Failed]]]:
    return [("e1", []), ("e2", [Failed(b"x", "bad", 10**30)]), ("e3", [])]


def test_one_flipped_bit_is_found_and_not_served(path: Path) -> None:
    with SqliteLog(path) as log:
        log.append([click("e1"), click("e2", item="needle")]).result()
    data = bytearray(path.read_bytes())
    data[data.index(b"needle")] ^= 1
    path.write_bytes(bytes(data))
    with SqliteLog(path) as log:
        assert ids(log.read(limit=1)) == ["e1"]
        with pytest.raises(Damaged, match="event row 2: checksum differs"):
            log.read()
        assert log.damages() == ["event row 2: checksum differs"]


def test_a_damaged_page_is_found_and_not_served(path: Path) -> None:
    with SqliteLog(path) as log:
        log.append([click(f"e{n}") for n in range(3000)]).result()
    data = bytearray(path.read_bytes())
    for page in range(1, len(data) // 4096):
        data[page * 4096 : page * 4096 + 8] = b"\xde\xad\xbe\xef" * 2  # every page's header but the first one's
    path.write_bytes(bytes(data))
    with pytest.raises((Damaged, Unavailable)), SqliteLog(path) as log:
        log.read()


def test_a_ledger_that_disagrees_with_the_table_is_found(path: Path) -> None:
    with SqliteLog(path) as log:
        log.append([click("e1"), click("e2")]).result()
    db = apsw.Connection(str(path))
    db.execute("DELETE FROM events WHERE seq = 2")
    db.close()
    with SqliteLog(path) as log:
        assert log.damages() == ["the ledger counts 2 stored events, the table holds 1"]


def test_of_subject_uses_its_index(path: Path) -> None:
    with SqliteLog(path) as log:
        for sql, values in ((OF_SUBJECT, (1, 9, "ann", 10)), (marked(2), (0, 9, 5, "ann", "bob"))):
            plan = str(log._query(f"EXPLAIN QUERY PLAN {sql}", *values))
            assert "SEARCH events USING INDEX events_by_subject (<expr>=? AND subject=?)" in plan.replace(
                "COVERING ", ""
            )
            assert "SCAN events" not in plan


def test_a_person_is_found_in_every_bucket_of_the_index(path: Path) -> None:
    size = 1 << BITS
    with SqliteLog(path) as log:
        for start in range(0, 3 * size, 8_192):
            log.append(
                [click(f"e{n}", user="ann" if n % size < 2 else "bob") for n in range(start, start + 8_192)]
            ).result()
        rows = [1, 2, size + 1, size + 2, 2 * size + 1, 2 * size + 2]
        assert [row for row, _ in log.of_subject("ann")] == rows
        assert [row for row, _ in log.of_subject("ann", limit=3)] == rows[-3:]
        assert log.erase(["ann"], up_to=size + 1).rows == 3
        assert [row for row, _ in log.of_subject("ann")] == rows[3:]


def test_spans_cover_every_row_once() -> None:
    assert list(spans(0)) == []
    assert list(spans(1)) == [(1, 1)]
    found = list(spans(50_000_000))
    assert found[0][1] == 50_000_000
    assert found[-1][0] == 1
    assert all(first == older + 1 for (first, _), (_, older) in pairwise(found))


def test_the_index_of_an_earlier_version_is_made_anew_by_whoever_writes(path: Path) -> None:
    with SqliteLog(path) as log:
        log.append([click("e1")]).result()
    with apsw.Connection(str(path)) as db:
        db.execute(
            "DROP INDEX events_by_subject; CREATE INDEX events_by_subject ON events (subject) WHERE subject <> ''"
        )
    db.close()
    with SqliteLog(path, read_only=True) as log:
        assert [row for row, _ in log.of_subject("ann")] == [1]
    with SqliteLog(path) as log:
        assert log._query("SELECT sql FROM sqlite_schema WHERE name = 'events_by_subject'") == [(INDEX,)]
        assert [row for row, _ in log.of_subject("ann")] == [1]
        assert log.damages() == []


def test_bulk_appends_take_their_time_but_not_more(path: Path) -> None:
    """A coarse bound against a forgotten index or a commit per row; the real figures are in the benchmarks."""
    batches: list[list[AnyEvent]] = [[click(f"{b}-{n}") for n in range(1000)] for b in range(20)]
    with SqliteLog(path) as log:
        start = time.perf_counter()
        for future in [log.append(batch) for batch in batches]:
            future.result()
        assert time.perf_counter() - start < 5
        assert log.last() == 20_000


def _eventually(true: Any) -> bool:
    """Whether it becomes true soon; the writer thread counts down just after it has answered."""
    pause = threading.Event()
    return any(true() or pause.wait(0.01) for _ in range(500))
