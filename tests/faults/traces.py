"""R02, R03 and R06: a tracer of system calls kills at an exact write, watches syncs and sends, and fails a sync."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from salience.engine import Engine
from tests.faults.killer import INGEST, Campaign
from tests.faults.marks import NotRun, expect
from tests.faults.server import Server, clicks

CALLS = "pwrite64,fsync,fdatasync,write,writev,sendto,sendmsg,openat"
_CALL = re.compile(r"^(?P<thread>\d+) +(?P<name>\w+)\((?P<rest>.*)$")
_RESUMED = re.compile(r"^(?P<thread>\d+) +<\.\.\. (?P<name>\w+) resumed>(?P<rest>.*)$")
_FILE = re.compile(r"^\d+<(?P<file>[^>]*)>")


def tracer() -> str:
    """The path of strace."""
    found = shutil.which("strace")
    if not found:
        raise NotRun("strace is not installed")
    return found


def exact_write(folder: Path, long: bool, build: str) -> str:
    """R02: an import that dies at its k-th write and at its k-th sync, counted in each thread."""
    program, points, acknowledged = tracer(), 0, 0
    for k in range(1, 41) if long else (3, 14):
        place = folder / str(k)
        place.mkdir()
        world = Campaign(place, build, events=1_000, seed=k)
        for call in ("pwrite64", "fdatasync"):
            inject = ["-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}"]
            inject += ["-e", f"inject={call}:signal=SIGKILL:when={k}"]
            command = [program, *inject, sys.executable, str(INGEST), str(world.file), str(world.log), build]
            done = subprocess.run(command, stdout=-1, stderr=-3, check=False)  # noqa: S603 - our own program
            whole = [text.split() for text in done.stdout.decode().splitlines(keepends=True) if text.endswith("\n")]
            world.acknowledged.update(name for words in whole if words[0] == "ack" for name in words[1:])
            points += ["done"] not in whole
            if world.log.exists():
                world._audit()
            expect(not world.faults, f"{call} {k}: {world.faults[:1]}")
        acknowledged += len(world.acknowledged)
        expect(not world.run(kills=0), f"after {k}: {world.faults[:1]}")
        shutil.rmtree(place)
    expect(points, "no kill met its point")
    return f"{points} points of an import hit, {acknowledged:,} acknowledged before them, 0 lost"


def synced_before_sent(folder: Path, long: bool, build: str) -> str:
    """R03: one caller at a time; when a 200 leaves, no write to a file of the workspace waits for its sync."""
    seen, posts = folder / "trace", 200 if long else 20
    options = [tracer(), "-f", "-y", "-qq", "-s", "32", "-o", str(seen), "-e", f"trace={CALLS}"]
    with Server(folder, build, tracer=options) as server:
        server.start()
        with server.client() as client:
            for number in range(posts):
                event = clicks([f"e{number}"]) if number % 2 else [{**clicks([f"e{number}"])[0], "context": {"a": 1}}]
                expect(client.post("/v1/collect", json={"events": event}).status_code == 200, "a post failed")
    sent, unsynced = _sends(seen.read_text(errors="replace").splitlines(), str(server.home))
    expect(sent >= posts, f"only {sent} of {posts} answers were seen")
    expect(not unsynced, f"{unsynced} of {sent} answers left while writes were not synced")
    return f"{posts} acknowledgements, 0 of {sent} answers sent while a write was not synced"


def _sends(trace: list[str], home: str) -> tuple[int, int]:
    """(answers sent with status 200, those sent while a file of the workspace had writes that were not synced)."""
    dirty: set[str] = set()
    syncing: dict[str, str] = {}
    sent = unsynced = 0
    for text in trace:
        if found := _RESUMED.match(text):
            if found["name"] in ("fsync", "fdatasync") and "= 0" in found["rest"]:
                dirty.discard(syncing.pop(found["thread"], ""))
            continue
        found = _CALL.match(text)
        if not found:
            continue
        named = _FILE.match(found["rest"])
        file = named["file"] if named else ""
        if found["name"] in ("fsync", "fdatasync"):
            if "= 0" in found["rest"]:
                dirty.discard(file)
            syncing[found["thread"]] = file
        elif file.startswith(home) and ".db" in file and not file.endswith("-shm"):
            dirty.add(file)
        elif "HTTP/1.1 200" in found["rest"]:
            sent += 1
            unsynced += bool(dirty)
    return sent, unsynced


def sync_error(folder: Path, long: bool, build: str) -> str:
    """R06: the n-th sync of the log's thread fails once."""
    program, refused = tracer(), 0
    # The second is that of the folder, once, for the name of the write-ahead log; SQLite goes on without it.
    for nth in (1, 3, 5, 8, 13) if long else (4,):
        place = folder / str(nth)
        place.mkdir()
        seen = place / "trace"
        options = [program, "-f", "-y", "-qq", "-s", "32", "-o", str(seen), "-e", f"trace={CALLS}"]
        options += ["-e", f"inject=fdatasync:error=EIO:when={nth}"]
        acknowledged: set[str] = set()
        sent: set[str] = set()
        failed = 0
        with Server(place, build, tracer=options) as server:
            # A first start makes files of its own, and syncs them in its main thread: the tracer counts by thread.
            with Engine.open(server.home):
                pass
            server.start()
            with server.client() as client:
                for number in range(30):
                    answer = client.post("/v1/collect", json={"events": clicks([f"e{number}"])})
                    sent.add(f"e{number}")
                    if answer.status_code == 200:
                        acknowledged.add(f"e{number}")
                    else:
                        failed += 1
                        expect(answer.status_code == 503 and "retry-after" in answer.headers, answer.text[:200])
            server.kill()
            server.audit(acknowledged, sent)
        lines = seen.read_text(errors="replace").splitlines()
        broke = [at for at, text in enumerate(lines) if "EIO" in text and "sync" in text]
        expect(broke, f"sync {nth}: no sync was made to fail")
        later = lines[broke[-1] :]
        acks = [at for at, text in enumerate(later) if "HTTP/1.1 200" in text]
        anew = [at for at, text in enumerate(later) if "openat(" in text and '/home/log.db"' in text]
        expect(failed, f"sync {nth} failed and every batch was acknowledged")
        expect(acks and anew and anew[0] < acks[0], f"sync {nth}: acknowledged before the log was opened anew")
        refused += failed
    return f"{refused} batches refused with 503, none acknowledged before the log was opened anew, 0 lost"
