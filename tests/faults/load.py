"""R14, R15, R16, R20 and R23: slow callers, huge bodies, overload, a stop signal under load, too few handles."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import resource
import signal
import socket
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.faults.kills import Traffic
from tests.faults.marks import expect
from tests.faults.others import Others
from tests.faults.server import Server, clicks, pause

MB = 1_000_000
PATIENCE = 10.0
"""Seconds after which a caller of the storm gives up, as callers do."""


def _head(server: Server, *lines: str) -> bytes:
    usual = ["POST /v1/collect HTTP/1.1", "Host: x", f"Authorization: Bearer {server.secret}"]
    return "\r\n".join([*usual, "Content-Type: application/json", *lines, "", ""]).encode()


def _p99(times: list[float]) -> float:
    return 1000 * sorted(times)[int(len(times) * 0.99)]


def _normal(server: Server, seconds: float, name: str) -> list[float]:
    """The times of one ordinary caller, one call after the other."""
    return _in_turns([server], seconds, name)[0]


def _in_turns(servers: list[Server], seconds: float, name: str) -> list[list[float]]:
    """The times of one caller who calls these servers in turns: a slow moment of the machine hits all of them."""
    times: list[list[float]] = [[] for _ in servers]
    with contextlib.ExitStack() as opened:
        clients = [opened.enter_context(server.client()) for server in servers]
        until = time.monotonic() + seconds
        while not times[-1] or time.monotonic() < until:
            for client, spent in zip(clients, times, strict=True):
                began = time.monotonic()
                answer = client.post("/v1/collect", json={"events": clicks([f"{name}-{len(spent)}"])})
                expect(answer.status_code == 200, f"an ordinary call got {answer.status_code}")
                spent.append(time.monotonic() - began)
    return times


def slow_clients(folder: Path, long: bool, build: str) -> str:
    """R14: connections that send a byte a second (half of them in the head) and others that send nothing.

    What they do to an ordinary caller is seen beside a twin of the server that has none of them, called in turns with
    it: whatever else the machine does, it does to both.
    """
    slow, idle, seconds, most = (500, 200, 60.0, 30.0) if long else (40, 20, 2.5, 2.0)
    (folder / "twin").mkdir()
    with Server(folder, build if long or build != "real" else "hasty") as server, Server(folder / "twin") as twin:
        server.start()
        twin.start()
        _in_turns([server, twin], 5 if long else 0.5, "warm")
        closed: list[float] = []
        stop = threading.Event()
        trickle = threading.Thread(target=lambda: asyncio.run(_trickle(server, slow, idle, stop, closed)))
        trickle.start()
        try:
            with Others(server.pid, twin.pid) as others:
                busy, quiet = _in_turns([server, twin], seconds, "busy")
        finally:
            stop.set()
            trickle.join()
    expect(len(closed) >= slow + idle, f"only {len(closed)} of {slow + idle} slow connections were closed")
    longest = max(closed)
    expect(longest <= most, f"a slow connection lived for {longest:.0f} s")
    told = f"p99 {_p99(busy):.1f} ms beside them, {_p99(quiet):.1f} ms of a twin without"
    if long:
        others.hold(_p99(busy) <= 2 * _p99(quiet), told)
    return f"{slow} connections at 1 byte/s and {idle} idle: all closed within {longest:.0f} s; {told}"


async def _trickle(server: Server, slow: int, idle: int, stop: threading.Event, closed: list[float]) -> None:
    head, body = _head(server, "Content-Length: 400"), _head(server, "Content-Length: 400") + b'{"events":['

    async def one(first: bytes, then: bytes) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        began = time.monotonic()
        ended = asyncio.create_task(reader.read())
        writer.write(first)
        try:
            for at in range(len(then) if then else 10_000):
                if stop.is_set() or ended.done():
                    break
                writer.write(then[at : at + 1])
                await asyncio.wait([ended], timeout=1.0)
        except OSError:
            pass
        if ended.done() and not stop.is_set():
            closed.append(time.monotonic() - began)
        ended.cancel()
        writer.close()

    works = [one(b"", head) if n % 2 else one(body, b" " * 400) for n in range(slow)]
    await asyncio.gather(*works, *(one(b"", b"") for _ in range(idle)), return_exceptions=True)


def huge_bodies(folder: Path, long: bool, build: str) -> str:
    """R15: bodies up to 1 GB, of declared length and chunked, and a gzip bomb; memory is watched all the while."""
    sizes = [MB * size for size in ((6, 10, 100, 1_000) if long else (6, 40))]
    bomb = gzip.compress(bytes(100 * MB if long else 30 * MB), 9)
    with Server(folder, build) as server:
        server.start()
        _normal(server, 0.3, "warm")
        stop, most = threading.Event(), [server.rss()]
        before = most[0]

        def watch() -> None:
            while not stop.wait(0.01):
                most[0] = max(most[0], server.rss())

        watcher = threading.Thread(target=watch)
        watcher.start()
        taken = {}
        try:
            for size in sizes:
                taken[f"{size // MB} MB"] = _push(server, _head(server, f"Content-Length: {size}"), size)
                taken[f"{size // MB} MB chunked"] = _push(server, _head(server, "Transfer-Encoding: chunked"), size)
            packed = _head(server, "Content-Encoding: gzip", f"Content-Length: {len(bomb)}")
            taken["bomb"] = _push(server, packed, len(bomb), bomb)
        finally:
            stop.set()
            watcher.join()
        _normal(server, 0.1, "after")
    wrong = {name: status for name, status in taken.items() if status != 413}
    expect(not wrong, f"not 413: {wrong}")
    expect(most[0] - before <= 10, f"memory grew by {most[0] - before:.0f} MB; the limit of a body is 5 MB")
    return f"{len(taken)} bodies up to {sizes[-1] // MB} MB, bomb included: all 413, memory {most[0] - before:+.1f} MB"


def _push(server: Server, head: bytes, size: int, body: bytes = b"") -> int:
    """Send it until it is answered; the status."""
    part, got = b" " * 65_536, b""
    part = part if b"Content-Length" in head else b"%x\r\n%s\r\n" % (len(part), part)
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as line:
        line.sendall(head)
        try:
            if body:
                line.sendall(body)
            sent = size if body else 0
            while sent < size and not got:
                line.sendall(part)
                sent += 65_536
                line.setblocking(False)  # noqa: FBT003
                try:
                    got += line.recv(4096)
                except BlockingIOError:
                    pass
                finally:
                    line.settimeout(30)
        except (BrokenPipeError, ConnectionResetError):
            pass
        try:
            while b"\r\n" not in got and (more := line.recv(4096)):
                got += more
        except ConnectionResetError:
            pass
    return int(got.split()[1]) if got else 0


@dataclass
class Storm:
    """What came of an open-loop load."""

    statuses: Counter[int] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    stored: int = 0
    bare: int = 0
    broken: int = 0


@cache
def _template(events: int) -> bytes:
    """A body of so many events, to be told apart by what is put for NUMBER."""
    many = clicks(f"NUMBER-{n}" for n in range(events))
    return json.dumps({"events": many}, separators=(",", ":")).encode()


async def _shoot(server: Server, number: str, events: int, storm: Storm) -> None:
    body = _template(events).replace(b"NUMBER", number.encode())  # quick, or the storm would starve the server
    began = time.monotonic()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(_head(server, f"Content-Length: {len(body)}", "Connection: close") + body)
        answer = await asyncio.wait_for(reader.read(), PATIENCE)
        writer.close()
    except (OSError, TimeoutError):
        storm.broken += 1
        return
    status = int(answer.split(b" ", 2)[1]) if answer else 0
    storm.statuses[status] += 1
    if status == 200:
        storm.times.append(time.monotonic() - began)
        storm.stored += int(answer.partition(b'"stored":')[2].split(b",", 1)[0])
    else:
        storm.bare += b"retry-after:" not in answer.lower()


def overload(folder: Path, long: bool, build: str) -> str:
    """R16: five times what it can take, whether it answers or not; both share this machine's processors."""
    seconds, events = (60.0, 500) if long else (1.0, 200)
    with Server(folder, build) as server:
        server.start()
        calm, storm = Storm(), Storm()
        capacity = asyncio.run(_closed(server, 3.0 if long else 1.0, events, calm))
        with Others(server.pid) as others:
            asyncio.run(_open(server, seconds, 5 * capacity, events, storm))
        ended = time.monotonic()
        while max(_normal(server, 0.5, f"after-{time.monotonic()}")) > 0.5:
            expect(time.monotonic() < ended + 30, "not normal within 30 s")
        again = time.monotonic() - ended
        counted = server.counted()
    clicks_after = counted["stored"] - calm.stored - storm.stored
    expect(clicks_after >= 0 and counted["duplicate"] == 0, f"{counted} but {calm.stored + storm.stored} acknowledged")
    expect(set(storm.statuses) <= {200, 429, 503}, dict(storm.statuses))
    expect(not storm.bare, f"{storm.bare} refusals without Retry-After")
    rate = sum(storm.statuses.values()) / seconds
    told = f"{capacity:.0f} bodies/s of {events} possible, {rate:.0f}/s asked, {dict(storm.statuses)}, "
    told += f"{storm.broken} not answered, p99 of accepted {_p99(storm.times):.0f} ms, normal after {again:.1f} s"
    others.hold(not storm.broken, told)
    others.hold(_p99(storm.times) <= 1_000 or not long, told)
    return told


async def _closed(server: Server, seconds: float, events: int, storm: Storm) -> float:
    until, done = time.monotonic() + seconds, 0

    async def worker(name: int) -> None:
        nonlocal done
        while time.monotonic() < until:
            await _shoot(server, f"calm-{name}-{done}", events, storm)
            done += 1

    await asyncio.gather(*(worker(name) for name in range(8)))
    return done / seconds


async def _open(server: Server, seconds: float, rate: float, events: int, storm: Storm) -> None:
    began, works = time.monotonic(), []
    for number in range(int(seconds * rate)):
        await asyncio.sleep(max(began + number / rate - time.monotonic(), 0))
        if time.monotonic() > began + seconds:
            break
        works.append(asyncio.create_task(_shoot(server, f"storm-{number}", events, storm)))
    await asyncio.gather(*works)


def graceful_stop(folder: Path, long: bool, build: str) -> str:
    """R20: SIGTERM under load; whatever it stored it also answered, and it ends in time."""
    stops, slowest = 50 if long else (2 if build == "real" else 20), 0.0
    with Server(folder, build) as server, Traffic(server) as traffic:
        for number in range(1, stops + 1):
            server.start()
            pause(0.05 + 0.01 * (number % 20))
            began = time.monotonic()
            server.signal(signal.SIGTERM)
            expect(server.ended(10), f"stop {number}: still there after 10 s")
            slowest = max(slowest, time.monotonic() - began)
            server.gone()
            pause(0.1)  # what was answered is noted down
            acknowledged, sent = traffic.seen()
            stored = server.audit(acknowledged, sent)
            expect(stored == len(acknowledged), f"stop {number}: {stored - len(acknowledged)} stored, not answered")
        expect(not traffic.strange, traffic.strange[:1])
    return f"{stops} stops under load, slowest {slowest:.2f} s, {stored:,} stored = acknowledged, 0 lost"


def few_handles(folder: Path, long: bool, build: str) -> str:
    """R23: 256 handles and more connections than that; the part of 512 MB of memory is not looked at."""
    rounds = 5 if long else 1
    with Server(folder, build) as server, Traffic(server) as traffic:
        server.start()
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (256, 256))
        for _ in range(rounds):
            lines = [socket.create_connection(("127.0.0.1", server.port), timeout=5) for _ in range(400)]
            pause(0.5 if long else 0.2)
            for line in lines:
                line.close()
            until = time.monotonic() + 10
            while not _serves(server):
                expect(time.monotonic() < until, "does not recover within 10 s of the flood's end")
                pause(0.05)
            expect(not server.ended(0), "the server ended")
            with server.client() as client:
                for _ in range(100):
                    answer = client.post("/v1/recommend", json={"user": "u1", "k": 3})
                    expect(answer.status_code == 200, f"recommend answers {answer.status_code} after the flood")
        traffic.stop()
        acknowledged, sent = traffic.seen()
        server.kill()
        stored = server.audit(acknowledged, sent)
        expect(not traffic.strange, traffic.strange[:1])
    return f"256 handles, {rounds} floods of 400 connections: recovered each time, {stored:,} stored, 0 lost"


def _serves(server: Server) -> bool:
    try:
        with server.client(timeout=2) as client:
            return client.post("/v1/recommend", json={"user": "u1", "k": 3}).status_code == 200
    except Exception:  # noqa: BLE001 - whatever it is, it does not serve
        return False
