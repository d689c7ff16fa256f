"""The write-ahead log goes into the file beside the writer, and stays short while it is written to without a pause."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from salience.events import Search
from salience.store import checkpoints
from salience.store.checkpoints import PAGES, Checkpoints
from salience.store.connections import Connections
from salience.store.sqlite_log import SqliteLog

PAGE = 4_096


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "PAGES", 50)
    monkeypatch.setattr(checkpoints, "LITTLE", 20)
    monkeypatch.setattr(checkpoints, "MOST", 200)


def fill(log: SqliteLog, count: int) -> None:
    for at in range(count):
        log.append([Search(id=f"{at * 7919 % 10_007:x}", user="ann", query="x" * 1_000)]).result()


@pytest.mark.usefixtures("small")
def test_the_log_stays_short_and_everything_is_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with SqliteLog(path) as log:
        fill(log, 600)
        assert path.stat().st_size > 400 * 1_000
        assert (tmp_path / "log.db-wal").stat().st_size < 1_000 * PAGE
        assert log.damages() == []
        assert len(log.read(0, 1_000)) == 600


@pytest.mark.usefixtures("small")
def test_the_writer_does_it_where_nobody_else_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints.Checkpoints, "_copy", lambda _: None)
    path = tmp_path / "log.db"
    with SqliteLog(path) as log:
        fill(log, 300)
        assert path.stat().st_size > 200 * 1_000


def test_the_thread_ends_with_its_log(tmp_path: Path) -> None:
    with SqliteLog(tmp_path / "log.db") as log:
        thread = log._checkpoints._thread
        assert thread.is_alive()
    thread.join(5)
    assert thread not in threading.enumerate()


def test_the_end_is_heard_while_the_thread_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = Checkpoints()
    begun, goes_on = threading.Event(), threading.Event()

    def copy() -> None:
        begun.set()
        goes_on.wait(10)

    monkeypatch.setattr(work, "_copy", copy)
    connections = Connections(str(tmp_path / "log.db"), read_only=False, busy_ms=100)
    work.begin(connections)
    work.grew(PAGES)
    with connections.writer() as db:
        work.committed(db)
    assert begun.wait(10)
    ending = threading.Thread(target=work.close, daemon=True)
    ending.start()
    while not work._ended:
        pass
    goes_on.set()
    ending.join(10)
    assert not ending.is_alive(), "the end was forgotten"
    connections.close(healthy=True)
