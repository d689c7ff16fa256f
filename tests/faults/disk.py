"""R05, R07 and R08: a disk that is full, a byte that flipped, a lock that somebody else holds."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import httpx

from salience.events import InvalidInput
from salience.store.sqlite_log import SqliteLog
from tests.faults.kills import Traffic
from tests.faults.marks import Missed, expect
from tests.faults.server import Server, clicks, pause

SMALL = 64_000_000


@contextmanager
def small_disk(folder: Path, size: int = SMALL) -> Iterator[Path | None]:
    """A memory disk of ``size`` bytes; None where this user may not mount one."""
    place, mount = folder / "disk", shutil.which("mount")
    place.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={size}", "salience-faults", str(place)]
    if not mount or os.getuid() or subprocess.run([mount, *options], stderr=-3, check=False).returncode:  # noqa: S603
        yield None
        return
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)  # noqa: S603, S607 - the one mounted above


def disk_full(folder: Path, long: bool, build: str) -> str:
    """R05: fill it, go on asking, free it. The stand-in for a small disk is a limit on the size of the files."""
    with small_disk(folder) as disk:
        with Server(disk or folder, build) as server:
            server.start()
            filler = (disk or folder) / "filler"
            refused, sent, acknowledged, slow = _through(server, filler if disk else None, 300 if long else 60)
            server.kill()
            stored = server.audit(acknowledged, sent)
        filler.unlink(missing_ok=True)
    how = f"memory disk of {SMALL // 1_000_000} MB" if disk else "limit on the size of files"
    return f"{how}: {refused} posts refused with 503, recovered in {slow:.1f} s, {stored} stored, 0 lost, reads went on"


def _through(server: Server, filler: Path | None, posts: int) -> tuple[int, set[str], set[str], float]:
    sent: set[str] = set()
    acknowledged: set[str] = set()
    refused = 0
    with server.client() as client:

        def post(name: str) -> int:
            batch = clicks((f"{name}-{n}" for n in range(50)), item="x" * 250)
            sent.update(event["id"] for event in batch)
            answer = client.post("/v1/collect", json={"events": batch})
            if answer.status_code == 200:
                expect(answer.json()["failed"] == 0, "the check's own events are not good")
                acknowledged.update(event["id"] for event in batch)
            else:
                expect(answer.status_code in (503, 507), f"{answer.status_code} on a full disk")
                expect("retry-after" in answer.headers, "no Retry-After")
            return answer.status_code

        expect(post("before") == 200, "not well before the fault")
        _fill(server, filler)
        for number in range(posts):
            refused += post(f"full-{number}") != 200
            if refused:
                expect(client.get("/health/live").status_code == 200, "not alive on a full disk")
                shown = client.post("/v1/recommend", json={"user": "u1", "k": 3})
                expect(shown.status_code == 200, f"recommend answers {shown.status_code} on a full disk")
        expect(refused >= posts // 3, f"only {refused} of {posts} posts were refused on a full disk")
        _free(server, filler)
        freed = time.monotonic()
        while post(f"after-{time.monotonic()}") != 200:
            expect(time.monotonic() < freed + 10, "did not recover within 10 s")
            pause(0.05)
        return refused, sent, acknowledged, time.monotonic() - freed


def _fill(server: Server, filler: Path | None) -> None:
    if filler is None:
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (150_000, hard))
    else:
        fill(filler)


def fill(filler: Path) -> None:
    """Write into this file until the disk takes nothing more."""
    handle, size = os.open(filler, os.O_WRONLY | os.O_CREAT), 1 << 20
    while size >= 512:
        try:
            os.write(handle, bytes(size))
        except OSError:
            size //= 2
    os.close(handle)


def _free(server: Server, filler: Path | None) -> None:
    if filler is None:
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (hard, hard))
    else:
        filler.unlink()


def flipped_byte(folder: Path, long: bool, build: str) -> str:
    """R07: one byte of a stored row, in the file of the log and in its write-ahead log after a kill."""
    said, unseen = [], 0
    for kind in ("page", "frame") if long else ("page",):
        place = folder / kind
        place.mkdir()
        with Server(place, build) as server:
            server.start()
            with server.client() as client:
                for number in range(20):
                    batch = clicks([f"e{number}-{n}" for n in range(10)], item=f"marker-{number:03d}")
                    expect(client.post("/v1/collect", json={"events": batch}).status_code == 200, "a post failed")
            if kind == "page":
                server.signal(15)  # an orderly end brings everything into one file
                server.gone()
            else:
                server.kill()
            _flip(server.home / ("log.db" if kind == "page" else "log.db-wal"), b"marker-007")
            try:
                if kind == "frame":
                    said.append(f"{kind}: {_refused(server)}")
                    continue
                server.start(ready=False)
                said.append(f"{kind}: {_named(server, 200)}")
            except Missed as fault:
                said.append(f"{kind}: {fault}")
                unseen += 1
    expect(not unseen, "; ".join(said))
    return "; ".join(said)


def _flip(file: Path, marker: bytes) -> None:
    data = bytearray(file.read_bytes())
    at = data.find(marker)
    expect(at >= 0, f"the row is not in {file.name}")
    while at >= 0:  # every copy of it, as a page may be in several frames
        data[at] ^= 1
        at = data.find(marker, at)
    file.write_bytes(data)


def _refused(server: Server) -> str:
    """A log whose write-ahead log has a flaw before commits is not opened, and nothing in it is changed."""
    file = server.home / "log.db-wal"
    before = file.read_bytes()
    try:
        SqliteLog(server.home / "log.db").close()
    except InvalidInput as fault:
        expect("write-ahead log" in fault.rule, f"refused for another reason: {fault}")
    else:
        expect(False, "not noticed: the log opens, and acknowledged events are gone")  # noqa: FBT003
    expect(file.read_bytes() == before, "the damaged file was changed")
    try:
        server.start(ready=False)
    except Missed:
        return "refused, nothing changed"
    expect(False, "the server started on a damaged log")  # noqa: FBT003
    return ""


def _named(server: Server, stored: int) -> str:
    """What the health page says of the damage; a wrong count that is served as if nothing were is a fault."""
    with server.client() as client:
        answer = client.get("/health/ready")
        if answer.status_code == 200:
            counted = server.counted().get("stored")
            expect(False, f"not noticed: ready, {counted:.0f} events served of {stored} acknowledged")  # noqa: FBT003
        expect(answer.status_code == 503, f"health answers {answer.status_code}")
        reason = str(answer.json()["reasons"][0])
        expect("row" in reason or "log" in reason, f"the health page does not name the place: {reason}")
        expect(client.get("/metrics").status_code != 200, "counts are served from a damaged log")
    return f"503, {reason!r}, no counts served"


def lock_held(folder: Path, long: bool, build: str) -> str:
    """R08: another process holds the write lock of the log."""
    seconds = 30.0 if long else 3.0
    slowest = 0.0
    refused = 0
    with Server(folder, build) as server:
        server.start()
        with Traffic(server) as traffic, server.client(timeout=12) as client:
            before = server.rss()
            db = apsw.Connection(str(server.home / "log.db"))
            db.set_busy_timeout(2000)
            db.execute("BEGIN IMMEDIATE")
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                began = time.monotonic()
                try:
                    answer = client.post("/v1/collect", json={"events": clicks(["probe"])})
                except httpx.TimeoutException:
                    raise Missed("no answer within 12 s while the lock is held") from None
                slowest = max(slowest, time.monotonic() - began)
                expect(answer.status_code == 503 and "retry-after" in answer.headers, answer.text[:200])
                expect(slowest <= 5, f"503 only after {slowest:.1f} s")
                refused += 1
            grown = server.rss() - before
            db.execute("ROLLBACK")
            db.close()
            released = time.monotonic()
            while client.post("/v1/collect", json={"events": clicks(["probe"])}).status_code != 200:
                expect(time.monotonic() < released + 30, "did not drain within 30 s")
            drained = time.monotonic() - released
            traffic.stop()
            acknowledged, sent = traffic.seen()
        server.kill()
        stored = server.audit(acknowledged | {"probe"}, sent | {"probe"})
    expect(not traffic.strange, traffic.strange[:1])
    expect(grown <= 50, f"memory grew by {grown:.0f} MB")
    figures = f"{refused} probes refused within {slowest:.1f} s, memory {grown:+.1f} MB, drained in {drained:.1f} s"
    return f"held {seconds:g} s: {figures}, {stored:,} stored, 0 lost"
