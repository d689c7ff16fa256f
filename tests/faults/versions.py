"""R24, R25 and R26: formats of other versions, backups under load, a second instance."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

import apsw
import msgspec

from salience.engine import Engine
from salience.events import Click, InvalidInput
from salience.store import home as homes
from salience.store.backup import backup, restore
from salience.store.sqlite_log import SqliteLog
from tests.faults.kills import Traffic
from tests.faults.marks import Missed, expect
from tests.faults.planted import planted
from tests.faults.server import PROGRAM, ROOT, Server, audit, pause
from tests.store.test_sqlite_log import FORMAT_1

OPENS = "from salience.store.sqlite_log import SqliteLog; SqliteLog({!r}).close()"


def other_formats(folder: Path, long: bool, build: str) -> str:
    """R24: a newer log is refused untouched; an older one is brought up, also when killed at every write of it."""
    place = homes.create(folder / "home").home
    with Engine.open(place) as opened:
        opened.collect([b'{"kind":"click","id":"e1","user":"ann","item":"tea"}'], source="faults")
    _version(place / "log.db", 99)
    before = hashlib.sha256((place / "log.db").read_bytes()).digest()
    with planted(build):
        try:
            Engine.open(place).close()
        except InvalidInput as refusal:
            expect("99" in str(refusal) and "upgrade" in str(refusal), f"refused without a reason: {refusal}")
        else:
            raise Missed("a log of format 99 was opened")
    expect(hashlib.sha256((place / "log.db").read_bytes()).digest() == before, "the newer log was changed")
    _version(place / "log.db", 2)
    with SqliteLog(place / "log.db") as log:
        expect(log.find("e1"), "the data differ after the refusal")
    points = _killed_upgrades(folder, 12 if long else 2)
    return f"format 99 refused, not a byte changed; upgrade from format 1 killed at {points} writes and repeated: equal"


def _version(path: Path, version: int) -> None:
    with apsw.Connection(str(path)) as db:
        db.execute("UPDATE schema_version SET version = ?", (version,))
    db.close()


def _killed_upgrades(folder: Path, points: int) -> int:
    """An upgrade is killed at its k-th write, then done again; the old rows are there. Without strace: 0 kills."""
    strace, hit, old = shutil.which("strace"), 0, Click(id="old", user="ann", item="tea", time=1, received=1)
    body = msgspec.json.encode(old)
    for k in range(1, points + 1):
        path = folder / f"old-{k}.db"
        with apsw.Connection(str(path)) as db:
            db.execute(FORMAT_1)
            db.execute("INSERT INTO events VALUES (1, 'old', 'click', 'ann', 1, ?, ?)", (body, zlib.crc32(body)))
            db.execute("INSERT INTO failed VALUES (1, x'7b', 'bad', 7)")
        db.close()
        if strace:
            inject = ["-f", "-qq", "-o", "/dev/null", "-e", "trace=pwrite64"]
            inject += ["-e", f"inject=pwrite64:signal=SIGKILL:when={k}"]
            command = [strace, *inject, sys.executable, "-c", OPENS.format(str(path))]
            hit += subprocess.run(command, stderr=-3, check=False).returncode != 0  # noqa: S603 - our own program
        with SqliteLog(path) as log:
            expect([event for _, event in log.read()] == [old], f"killed at write {k}: the old rows differ")
            expect(not log.damages(), f"killed at write {k}: {log.damages()[:1]}")
    return hit


def backups_under_load(folder: Path, long: bool, build: str) -> str:
    """R25: each backup taken beside a busy server restores to a whole log with all that was acknowledged before it."""
    count, sizes = 20 if long else 2, []
    with Server(folder, build) as server, Traffic(server) as traffic:
        server.start()
        with planted(build):
            for number in range(count):
                pause(0.1)
                before, _ = traffic.seen()
                with homes.open(server.home, read_only=True) as opened:
                    backup(opened, folder / f"{number}.tar", now=number, keys=True)
                _, sent = traffic.seen()
                try:
                    restore([folder / f"{number}.tar"], folder / f"restored-{number}")
                except Exception as error:
                    raise Missed(f"backup {number + 1} cannot be restored: {error}") from error
                sizes.append(audit(folder / f"restored-{number}" / "log.db", before, sent))
                with Engine.open(folder / f"restored-{number}") as again:
                    expect(again.pulse().kinds.get("click", 0) == sizes[-1], "the restored counts differ")
        expect(not traffic.strange, traffic.strange[:1])
    return f"{count} backups of {sizes[0]:,} to {sizes[-1]:,} events beside 4 clients: all restored, nothing missing"


def second_instance(folder: Path, long: bool, build: str) -> str:
    """R26: a second server on the same folder ends with a clear message; the first goes on."""
    with Server(folder, build) as server, Traffic(server) as traffic:
        server.start()
        command = [*PROGRAM, build, str(server.home), "0"]
        with subprocess.Popen(command, cwd=ROOT, stdout=-3, stderr=-1, text=True) as second:  # noqa: S603
            try:
                said = second.communicate(timeout=20)[1]
            except subprocess.TimeoutExpired:
                second.kill()
                raise Missed("a second server runs on the same folder") from None
        expect(second.returncode not in (0, None), "the second server ended as if all were well")
        expect(f"in use by process {server.pid}" in said, f"the message does not name the process: {said[-200:]!r}")
        with server.client() as client:
            expect(client.get("/health/ready").status_code == 200, "the first server suffered")
        traffic.stop()
        server.kill()
        stored = server.audit(*traffic.seen())
    told = said.strip().splitlines()[-1].rpartition(": ")[2][:60]
    return f"exit {second.returncode}, {told!r}; the first went on, {stored:,} stored, 0 lost"
