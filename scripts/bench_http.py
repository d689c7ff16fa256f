"""What it costs to take events in over HTTP, on one machine with whoever sends them. Prints each bar, as a ratio.

single: posts of one event, durable, against the same server that answers the same posts and stores nothing. batches: of
100 events. paced: 500 posts a second of 20 events each, whether or not the one before was answered (an open loop, so a
slow moment is counted for everybody who would have come in it). Posts are sent by `wrk` where there is one (Debian has
it), else by a sender of our own, which is slower and takes a larger share of the machine.

A line ends in "ok" or "MISSED"; the status is 1 if one is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import math
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from salience.store import home as homes
from salience.store.log import Appended
from salience.store.sqlite_log import SqliteLog

CONNECTIONS = 32
EVENT = '{"kind":"click","id":"%s","user":"u%d","item":"i%d","time":%d}'
START = 1_700_000_000_000

LUA = """
local n = 0
local headers = {["Authorization"] = "Bearer %(key)s", ["Content-Type"] = "application/json"}
local one = '{"kind":"click","id":"%(run)s-%%d","user":"u%%d","item":"i%%d","time":%%d}'
request = function()
  local events = {}
  for i = 1, %(batch)d do
    n = n + 1
    events[i] = string.format(one, n, n %% 1000, n %% 1500, %(start)d + n)
  end
  return wrk.format("POST", "/v1/collect", headers, '{"events":[' .. table.concat(events, ",") .. ']}')
end
"""


class Bars:
    """Prints what was measured and remembers whether a bar was missed."""

    def __init__(self) -> None:
        self.missed = 0

    def line(self, name: str, said: str, *, well: bool, bar: str) -> None:
        """One measurement."""
        self.missed += not well
        print(f"{name:<16}{said}, bar {bar}: {'ok' if well else 'MISSED'}", flush=True)


def hollow() -> None:
    """A log that answers and stores nothing."""
    numbers = count(1)

    def append(self: SqliteLog, events: Sequence[Any], *_: Any, **__: Any) -> Future[Appended]:  # noqa: ARG001
        done: Future[Appended] = Future()
        done.set_result(Appended(tuple(next(numbers) for _ in events)))
        return done

    SqliteLog.append = append  # type: ignore[method-assign]


def served(home: str, port: str, *, stored: bool) -> int:
    """The server process."""
    from salience.cli.main import main as salience

    if not stored:
        hollow()
    return salience(["serve", "--home", home, "--port", port])


@contextlib.contextmanager
def server(folder: Path, *, stored: bool) -> Iterator[tuple[int, str, int]]:
    """(port, secret key, process id) of a server on a fresh workspace."""
    made = homes.create(folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    words = [
        sys.executable,
        __file__,
        "--serve",
        str(made.home),
        "--port",
        str(port),
        *([] if stored else ["--hollow"]),
    ]
    process = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    try:
        _ready(port)
        yield port, made.secret_key, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def cpu(process: int) -> float:
    """CPU seconds that a process has used: the figure that other work on the machine does not change."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _ready(port: int) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live") as answer:
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise SystemExit("the server did not come up")


def rate(port: int, key: str, batch: int, seconds: int, folder: Path) -> float:
    """Posts a second that were answered with 200."""
    return (_by_wrk if shutil.which("wrk") else _by_us)(port, key, batch, seconds, folder)


def _by_wrk(port: int, key: str, batch: int, seconds: int, folder: Path) -> float:
    script = folder / "post.lua"
    script.write_text(LUA % {"batch": batch, "key": key, "start": START, "run": time.time_ns()})
    words = [
        "wrk",
        "-t",
        "1",
        "-c",
        str(CONNECTIONS),
        "-d",
        f"{seconds}s",
        "-s",
        str(script),
        f"http://127.0.0.1:{port}",
    ]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said:
        raise SystemExit(said)
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    return float(found[1]) if found else 0.0


def _post(key: str, events: str) -> bytes:
    body = f'{{"events":[{events}]}}'
    head = f"POST /v1/collect HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


async def _answer(reader: asyncio.StreamReader) -> bool:
    """Whether the post was taken."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    await reader.readexactly(int(length[1]) if length else 0)
    return head.startswith(b"HTTP/1.1 200")


def _by_us(port: int, key: str, batch: int, seconds: int, _folder: Path) -> float:
    numbers, end, mark = count(), time.monotonic() + seconds, time.time_ns()

    async def caller() -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        done = 0
        while time.monotonic() < end:
            events = ",".join(
                EVENT % (f"{mark}-{n}", n % 1000, n % 1500, START + n) for n in (next(numbers) for _ in range(batch))
            )
            writer.write(_post(key, events))
            done += await _answer(reader)
        writer.close()
        return done

    async def all_() -> int:
        return sum(await asyncio.gather(*(caller() for _ in range(CONNECTIONS))))

    return asyncio.run(all_()) / seconds


def paced(port: int, key: str, *, posts: int, batch: int, seconds: int) -> list[float]:
    """ms from the moment at which each post was due to its answer, open loop."""
    mark = time.time_ns()
    spent: list[float] = []

    async def run() -> None:
        loop, under_way = asyncio.get_running_loop(), set[asyncio.Task[None]]()
        idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        began = loop.time()

        async def one(number: int, due: float) -> None:
            pair = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)
            first = number * batch
            events = ",".join(
                EVENT % (f"p{mark}-{n}", n % 1000, n % 1500, START + n) for n in range(first, first + batch)
            )
            pair[1].write(_post(key, events))
            taken = await _answer(pair[0])
            spent.append(1000 * (loop.time() - due) if taken else math.inf)  # a refusal is no quick answer
            idle.append(pair)

        for number in range(posts * seconds):
            due = began + number / posts
            if (early := due - loop.time()) > 0:
                await asyncio.sleep(early)
            task = asyncio.create_task(one(number, due))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        await asyncio.gather(*under_way)
        for _, writer in idle:
            writer.close()

    asyncio.run(run())
    return spent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=8, help="of each measurement (8)")
    parser.add_argument("--serve", default="", help=argparse.SUPPRESS)
    parser.add_argument("--port", default="", help=argparse.SUPPRESS)
    parser.add_argument("--hollow", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        return served(args.serve, args.port, stored=not args.hollow)
    bars = Bars()
    print(f"sent by {'wrk' if shutil.which('wrk') else 'a sender of our own'}; load before: {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(prefix="salience-bench-") as name:
        folder = Path(name)
        single(folder, bars, args.seconds)
        with server(folder / "batches", stored=True) as (port, key, process):
            used = cpu(process)
            events = 100 * rate(port, key, 100, args.seconds, folder)
            used = 1e6 * (cpu(process) - used) / (events * args.seconds)
            said = f"{events:,.0f} events/s durable, {events / 60_000:.2f} of 60,000; {used:.1f} us of CPU an event"
            bars.line("batches of 100", said, well=events >= 60_000, bar="60,000")
        with server(folder / "paced", stored=True) as (port, key, _):
            paced(port, key, posts=100, batch=20, seconds=2)
            spent = paced(port, key, posts=500, batch=20, seconds=args.seconds)
            p50, p99 = np.quantile(spent, [0.5, 0.99])
            bars.line(
                "500 x 20 a s",
                f"p50 {p50:.1f} ms, p99 {p99:.1f} ms of {len(spent):,} posts",
                well=p99 <= 50,
                bar="50 ms",
            )
    return min(bars.missed, 1)


def single(folder: Path, bars: Bars, seconds: int) -> None:
    """In turns, so that a slow moment of the machine hits both."""
    found: dict[bool, list[float]] = {True: [], False: []}
    used: dict[bool, float] = {}
    turn = max(seconds // 3, 1)
    with server(folder / "real", stored=True) as real, server(folder / "hollow", stored=False) as empty:
        before = {stored: cpu(one[2]) for stored, one in ((True, real), (False, empty))}
        for _ in range(3):
            for stored, (port, key, _) in ((True, real), (False, empty)):
                found[stored].append(rate(port, key, 1, turn, folder))
        for stored, one in ((True, real), (False, empty)):
            used[stored] = 1e6 * (cpu(one[2]) - before[stored]) / (turn * sum(found[stored]))
    durable, answered = sum(found[True]) / 3, sum(found[False]) / 3
    said = f"{durable:,.0f} durable posts/s, {durable / answered:.2f} of {answered:,.0f} that store nothing"
    said += f"; {used[True]:.0f} and {used[False]:.0f} us of CPU a post"
    bars.line("single", said, well=durable >= 0.6 * answered, bar="0.6")


if __name__ == "__main__":
    raise SystemExit(main())
