"""One workspace and the server on it, as the checks see them: start, kill, stop, post, audit."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import random
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Self

import apsw
import httpx
import psycopg

from salience.settings import load
from salience.store import home as homes
from salience.store.home import Created
from salience.store.log import Ledger
from salience.store.postgres_log import PostgresLog
from salience.store.sqlite_log import SqliteLog
from tests.faults.marks import NotRun, expect

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-m", "tests.faults.serving"]
READY_SECONDS = 5.0
PATIENCE = 60.0
AWAY = (httpx.TransportError, OSError)


def pause(seconds: float) -> None:
    """Let the process that is being hurt go on for a moment."""
    threading.Event().wait(seconds)


@cache
def _forker(build: str) -> subprocess.Popen[str]:
    """The process that forks servers of this build."""
    process = subprocess.Popen([*PROGRAM, build], cwd=ROOT, stdin=-1, stdout=-1, stderr=-3, text=True)  # noqa: S603
    atexit.register(_end, process)
    return process


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


def clicks(ids: Iterable[str], **fields: Any) -> list[dict[str, Any]]:
    """One click for each id."""
    return [{"kind": "click", "id": one, "user": f"u{sum(one.encode()) % 97}", "item": "tea"} | fields for one in ids]


def _free_port() -> int:
    """A port below those that the system gives to callers: one of those may be taken while the server is away."""
    for port in random.SystemRandom().sample(range(20_000, 30_000), 100):
        with socket.socket() as free, contextlib.suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port
    raise NotRun("no free port")


Place = Callable[[], str]
"""Makes an empty schema on a PostgreSQL server; its address."""

_places: list[Place] = []


@contextlib.contextmanager
def on_postgres(place: Place) -> Iterator[None]:
    """Every workspace made in this block keeps its log on a PostgreSQL server."""
    _places.append(place)
    try:
        yield
    finally:
        _places.pop()


def workspace(folder: Path, settings: str = "") -> Created:
    """A new workspace; its log is where the block that it is made in says."""
    url = f"log_url = {json.dumps(_places[-1]())}\n" if _places else ""
    return homes.create(folder / "home", workspace="faults", settings=url + settings)


def client_of(port: int, secret: str, timeout: float = 30) -> httpx.Client:
    """A client of the server on this machine's ``port``."""
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=timeout, headers=headers, trust_env=False)


class Server:
    """A server process on a workspace of its own. ``tracer``: a command that starts it and looks on.

    ``beside``: the folder of a further workspace that the same process serves.
    """

    def __init__(
        self,
        folder: Path,
        build: str = "real",
        *,
        settings: str = "",
        tracer: Sequence[str] = (),
        beside: Path | None = None,
    ) -> None:
        self.build, self.tracer, self.beside = build, list(tracer), beside
        made = workspace(folder, settings)
        self.home, self.secret, self.public = made.home, made.secret_key, made.write_key
        self.port = _free_port()
        self.pid = 0
        self._handle = -1
        self._traced: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self, *, ready: bool = True) -> float:
        """Start it; in how many seconds it was ready (or, if that is not asked for, answered at all)."""
        began = time.monotonic()
        if self.tracer:
            command = [*self.tracer, *PROGRAM, self.build, str(self.home), str(self.port)]
            self._traced = subprocess.Popen(command, cwd=ROOT, stdout=-1, stderr=-3, text=True)  # noqa: S603
            source = self._traced.stdout
        else:
            forker = _forker(self.build)
            assert forker.stdin
            words = [self.home, self.port, *([self.beside] if self.beside else [])]
            forker.stdin.write("\t".join(map(str, words)) + "\n")
            forker.stdin.flush()
            source = forker.stdout
            if not _warm.setdefault(self.build, False):
                _warm[self.build] = True
                began = 0.0  # set below: the loading of the program is not the server's start
        assert source
        self.pid = int(source.readline())
        began = began or time.monotonic()
        self._handle = os.pidfd_open(self.pid)
        path = "/health/ready" if ready else "/health/live"
        while time.monotonic() < began + PATIENCE:
            with contextlib.suppress(*AWAY), self.client(timeout=5) as client:
                if client.get(path).status_code == 200:
                    return time.monotonic() - began
            expect(not self.ended(0), "the server does not start")
            pause(0.005)
        expect(False, f"the server is not ready after {PATIENCE:g} s")  # noqa: FBT003
        return PATIENCE

    def ended(self, seconds: float) -> bool:
        """Whether it has ended, or does within this time."""
        if self._handle < 0:
            return True
        return bool(select.select([self._handle], [], [], seconds)[0])

    def signal(self, number: int) -> None:
        """Send a signal."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, number)

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        if self._handle >= 0:
            self.signal(signal.SIGKILL)
            self.gone()

    def gone(self) -> None:
        """Wait until the process is gone."""
        expect(self.ended(PATIENCE), "the process does not end")
        os.close(self._handle)
        self._handle = -1
        if self._traced:
            self._traced.wait()
            if self._traced.stdout:
                self._traced.stdout.close()
            self._traced = None

    def client(self, timeout: float = 30) -> httpx.Client:
        """A client with the secret key."""
        return client_of(self.port, self.secret, timeout)

    def rss(self) -> float:
        """Its memory in MB."""
        lines = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii").splitlines()
        return next(int(text.split()[1]) / 1024 for text in lines if text.startswith("VmRSS:"))

    def counted(self) -> dict[str, float]:
        """The ledger and the kinds, as /metrics shows them."""
        found = {}
        with self.client() as client:
            for text in client.get("/metrics").text.splitlines():
                if text.startswith(("salience_events_total{", "salience_stored_kinds_total{")):
                    found[text.partition('="')[2].partition('"')[0]] = float(text.rpartition(" ")[2])
        return found

    def audit(self, acknowledged: set[str], sent: set[str]) -> int:
        """What must hold of the log at every moment, of files looked at in a copy; how many events are stored."""
        if url := load(self.home.joinpath("salience.toml").read_text("utf-8"), {}).log_url:
            return audit_postgres(url, acknowledged, sent)
        with tempfile.TemporaryDirectory(prefix="salience-audit-") as scratch:
            for file in self.home.glob("log.db*"):
                if not file.name.endswith("-shm"):
                    shutil.copy(file, scratch)
            return audit(Path(scratch) / "log.db", acknowledged, sent)


_warm: dict[str, bool] = {}
_IDS = "SELECT id FROM events WHERE kind NOT IN ('', 'decision')"


def audit(path: Path, acknowledged: set[str], sent: set[str]) -> int:
    """Nothing acknowledged is missing, nothing is there that was not sent, every sum and count is right."""
    with SqliteLog(path) as log:
        damages, ledger = log.damages(), log.ledger()
    db = apsw.Connection(str(path))
    stored = {row[0] for row in db.execute(_IDS)}
    db.close()
    return _compared(stored, damages, ledger, acknowledged, sent)


def audit_postgres(url: str, acknowledged: set[str], sent: set[str]) -> int:
    """The same of a log on a PostgreSQL server."""
    with PostgresLog(url, read_only=True) as log, psycopg.connect(url) as db:
        # What was on its way when its sender was killed may still end: wait for the writer's lock to be free.
        db.execute("SELECT pg_advisory_lock(hashtext('salience.' || current_schema()), 1)")
        stored = {row[0] for row in db.execute(_IDS).fetchall()}
        return _compared(stored, log.damages(), log.ledger(), acknowledged, sent)


def _compared(stored: set[str], damages: list[str], ledger: Ledger, acknowledged: set[str], sent: set[str]) -> int:
    lost, strange = acknowledged - stored, stored - sent
    expect(not lost, f"{len(lost)} acknowledged events lost")
    expect(not strange, f"{len(strange)} events stored twice, or under other ids")
    expect(not damages, "; ".join(damages[:3]))
    expect(ledger.balanced, f"the ledger does not balance: {ledger}")
    return len(stored)
