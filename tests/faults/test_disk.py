"""A disk that stops taking bytes while events come in, and takes them again later: real errors from the kernel.

A limit on the size of files (``RLIMIT_FSIZE``) makes the n-th write fail with EFBIG, which SQLite reports as an I/O
error; a process of its own keeps the limit away from the other tests.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from salience.store.sqlite_log import SqliteLog

PROGRAM = """
import json, resource, sys
from pathlib import Path
from salience.events import Click
from salience.store.faults import Unavailable
from salience.store.sqlite_log import SqliteLog

log = SqliteLog(Path(sys.argv[1]))
said = {"acknowledged": [], "refused": 0, "read_while_broken": 0, "after": 0}

def send(n):
    batch = [Click(id=f"e{n}-{i}", user="ann", item="tea" * 50) for i in range(20)]
    try:
        log.append(batch).result()
    except Unavailable:
        said["refused"] += 1
    else:
        said["acknowledged"] += [event.id for event in batch]

send(0)
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), hard))
for n in range(1, 60):
    send(n)
try:
    said["read_while_broken"] = len(log.read())
except Unavailable:
    said["read_while_broken"] = -1
said["trouble"] = log.trouble
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
before = len(said["acknowledged"])
for n in range(60, 70):
    send(n)
said["after"] = len(said["acknowledged"]) - before
said["ledger"] = log.ledger().stored
log.close()
print(json.dumps(said))
"""


@pytest.mark.parametrize("limit", [50_000, 90_001, 150_000])
def test_nothing_is_acknowledged_that_the_disk_did_not_take_and_it_recovers_by_itself(
    tmp_path: Path, limit: int
) -> None:
    path = tmp_path / "log.db"
    command = [sys.executable, "-c", PROGRAM, str(path), str(limit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - our program
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    assert said["refused"] > 0
    assert said["trouble"]
    assert said["after"] == 200  # all ten batches after the disk was well again
    assert said["read_while_broken"] >= 20  # reading goes on
    with SqliteLog(path) as log:
        stored = {event.id for _, event in log.read(limit=10_000)}
        assert set(said["acknowledged"]) <= stored
        assert log.ledger().stored == len(stored) == said["ledger"]
        assert log.damages() == []
