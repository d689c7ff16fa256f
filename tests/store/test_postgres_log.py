"""The log on a real PostgreSQL server: the contract's suite, then what only a server can go through."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from salience.events import InvalidInput, Search
from salience.privacy.vault import Vault
from salience.store.faults import Damaged, Unavailable
from salience.store.keyring import Keyring
from salience.store.log import EventLog, Failed, Ledger
from salience.store.postgres_log import PostgresLog
from tests.store.log_suite import LogSuite, click, ids
from tests.store.postgres import Server, server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with server() as running:
        yield running


class TestOnAServer(LogSuite):
    @pytest.fixture(autouse=True)
    def _server(self, postgres: Server) -> None:
        self.server = postgres

    def open_log(self) -> EventLog:
        return PostgresLog(self.server.url())


def test_everything_is_there_after_a_restart_and_ids_are_known_for_ever(postgres: Server) -> None:
    url = postgres.url()
    with PostgresLog(url) as log:
        log.append([click("e1"), click("e2")], [Failed(b"x", "bad", 1)]).result()
    with PostgresLog(url) as log:
        assert log.append([click("e2"), click("e3")]).result().rows == (0, 3)
        assert log.ledger() == Ledger(received=5, stored=3, duplicate=1, failed=1)
        assert log.damages() == []


def test_a_second_writer_is_refused_and_a_reader_is_not(postgres: Server) -> None:
    url = postgres.url()
    with PostgresLog(url) as log:
        with pytest.raises(InvalidInput, match="in use by another process"):
            PostgresLog(url)
        log.append([click("e1")]).result()
        with PostgresLog(url, read_only=True) as reader:
            assert ids(reader.read()) == ["e1"]
            with pytest.raises(Unavailable, match="reading only"):
                reader.append([click("e2")])
    PostgresLog(url).close()


def test_a_crash_of_the_server_loses_nothing_acknowledged_and_the_log_goes_on(postgres: Server) -> None:
    acknowledged: set[str] = set()

    def send(name: str) -> None:
        try:
            log.append([click(name)]).result()
        except Unavailable:
            return
        acknowledged.add(name)

    with PostgresLog(postgres.url()) as log:
        with ThreadPoolExecutor(4) as senders:
            waiting = [senders.submit(send, f"e{n}") for n in range(300)]
            waiting[50].result()
            postgres.stop()
        for one in waiting:
            one.result()
        with pytest.raises(Unavailable) as refused:
            log.append([click("while-away")]).result()
        assert refused.value.retry_after >= 1
        with pytest.raises(Unavailable):
            log.read()
        postgres.start()
        assert log.append([click("after")]).result().rows[0] > 0
        assert log.trouble == ""
        stored = ids(log.read(limit=1000))
        assert acknowledged <= set(stored)
        assert [row for row, _ in log.read(limit=1000)] == list(range(1, len(stored) + 1))
        assert log.damages() == []
        for n in range(300):  # the senders that got no answer try again
            send(f"e{n}")
        assert len(acknowledged) == 300
        assert log.ledger().stored == 301
        assert log.ledger().balanced


def test_a_changed_row_is_found_and_not_served(postgres: Server) -> None:
    url = postgres.url()
    with PostgresLog(url) as log:
        log.append([click("e1", item="needle")]).result()
        with psycopg.connect(url, autocommit=True) as db:
            db.execute("UPDATE events SET body = overlay(body placing 'X' from 5)")
        with pytest.raises(Damaged, match="event row 1: checksum differs"):
            log.read()
        assert log.damages() == ["event row 1: checksum differs"]


def test_a_newer_log_is_refused(postgres: Server) -> None:
    url = postgres.url()
    PostgresLog(url).close()
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("UPDATE schema_version SET version = 3")
    with pytest.raises(InvalidInput, match="has format 3, this program reads 2; upgrade salience"):
        PostgresLog(url)


def test_personal_fields_are_sealed_on_the_server(postgres: Server) -> None:
    url, search = postgres.url(), Search(id="s1", user="ann", query="blue needle")
    with PostgresLog(url, codec=Vault(Keyring(None), os.urandom)) as log:
        log.append([search], [Failed(b"raw needle", "bad", 1)]).result()
        assert log.read() == [(1, search)]
        assert next(log.failures()).raw == b"raw needle"
        with psycopg.connect(url) as db:
            stored = db.execute("SELECT body FROM events UNION ALL SELECT raw FROM failed").fetchall()
        assert len(stored) == 2
        assert not any(b"needle" in row[0] for row in stored)


def test_an_event_that_the_server_cannot_hold_does_not_fail_its_neighbours(postgres: Server) -> None:
    with PostgresLog(postgres.url()) as log:
        futures = [log.append([click(name)]) for name in ("e1", "e\0", "e2")]
        assert futures[0].result().rows == (1,)
        with pytest.raises(Unavailable, match="cannot be stored"):
            futures[1].result()
        assert futures[2].result().rows == (2,)


def test_fields_sealed_anew_read_the_same_and_an_erased_person_is_gone(postgres: Server) -> None:
    ring = Keyring(None)
    vault = Vault(ring, os.urandom)
    with PostgresLog(postgres.url(), codec=vault) as log:
        log.append([Search(id=f"s{n}", user=f"u{n % 3}", query=f"word{n}", time=1) for n in range(30)]).result()
        before, old = log.read(), vault.keys.keys_of("u1")
        vault.keys.renew()
        assert log.reseal(vault.reseal) == 30
        assert log.reseal(vault.reseal) == 0
        ring.destroy_keys(vault.keys.outdated(old))
        vault.keys.forget()
        assert log.read() == before
        assert log.erase(["u1"]).rows == 10
        assert {event.user for _, event in log.read()} == {"u0", "u2"}
        assert log.damages() == []
