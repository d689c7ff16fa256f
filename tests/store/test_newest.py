"""The rows that a log remembers are those that the disk would give, and none once they were rewritten."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from salience.events import AnyEvent, Click, Identify, Search
from salience.privacy.vault import Vault
from salience.store import newest
from salience.store.keyring import Keyring
from salience.store.newest import Newest
from salience.store.rows import Plain, rows_of
from salience.store.sqlite_log import SqliteLog


def events(*names: str) -> list[AnyEvent]:
    return [Search(id=name, user="ann", query=name) for name in names]


def test_what_is_remembered_is_what_the_disk_holds(tmp_path: Path) -> None:
    with SqliteLog(tmp_path / "log.db") as log, SqliteLog(tmp_path / "log.db", read_only=True) as other:
        for at in range(7):
            log.append(events(f"e{at}")).result()
        log.append(events("e3", "e7", "e3")).result()  # two are known
        for after in range(9):
            assert log.read(after, 3) == other.read(after, 3)
        assert log.last() == other.last() == 8
        assert log._newest.after(0, 9) is not None


def test_rows_that_were_not_decoded_leave_a_gap_that_the_disk_fills(tmp_path: Path) -> None:
    with SqliteLog(tmp_path / "log.db") as log:
        log.append(events("a")).result()
        log.append(rows_of(events("b"), Plain())).result()  # as a table's rows come
        log.append(events("c")).result()
        assert log._newest.after(0, 9) is None
        assert [event.id for _, event in log.read(0)] == ["a", "b", "c"]
        assert log._newest.after(2, 9) == log.read(2)


def test_rows_that_were_judged_are_what_the_disk_gives_though_they_are_sealed_there(tmp_path: Path) -> None:
    vault = Vault(Keyring(None), os.urandom)
    said: list[AnyEvent] = [
        Search(id="a", user="ann", query="green tea", context={"locale": "en"}),
        Click(id="b", user="ann", item="tea"),
        Identify(id="c", user="bob", traits={"city": "Ulm"}),
    ]
    with (
        SqliteLog(tmp_path / "log.db", codec=vault) as log,
        SqliteLog(tmp_path / "log.db", read_only=True, codec=vault) as other,
    ):
        log.append(said, judged=True).result()
        assert log._newest.after(0, 9) == other.read(0, 9) == list(enumerate(said, 1))
        assert [row[0].startswith(b'{"key"') for row in log._query("SELECT body FROM events")] == [True, False, True]
        log.erase(["ann"])
        assert log._newest.after(0, 9) is None


def test_nothing_is_remembered_of_somebody_who_was_erased(tmp_path: Path) -> None:
    with SqliteLog(tmp_path / "log.db") as log:
        log.append(events("a", "b")).result()
        log.erase(["ann"])
        assert (log.read(0), log.last()) == ([], 0)
        log.append([Search(id="c", user="bob", query="c")]).result()
        assert [row for row, _ in log.read(0)] == [3]
        assert log._newest.after(0, 9) is None


def test_nothing_is_remembered_of_what_expired(tmp_path: Path) -> None:
    with SqliteLog(tmp_path / "log.db") as log:
        log.append([Search(id="a", user="ann", query="a", time=5)]).result()
        log.expire(["search"], before=10)
        assert log.read(0) == []


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newest, "ROWS", 10)
    kept = Newest()
    for row in range(1, 101):
        kept.added([row], events(f"e{row}"), [50])
        found = kept.after(row - 1, 5)
        assert found is not None
        assert [(at, event.id) for at, event in found] == [(row, f"e{row}")]
    assert kept.after(0, 5) is None
    assert len(kept._events) <= 10
