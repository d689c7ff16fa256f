"""Check 19: how long a decision among 50 actions with 25 features takes, in process and over HTTP."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np

from salience.events import DecideRequest, Outcome
from salience.events.loops import RankAction
from salience.feedback.learning import Loops
from salience.optimise.bandit.rank import rank
from tests.checks.figure import Check, Figure, Size, at_most

K, FEATURES, RATE = 50, 25, 500
ROOT = Path(__file__).resolve().parents[2]


def request(event: str, rng: np.random.Generator) -> DecideRequest:
    """50 actions by their ids, 25 numbers of context."""
    context = {f"x{at}": float(value) for at, value in enumerate(rng.normal(size=FEATURES))}
    actions = tuple(RankAction(f"a{at}") for at in range(K))
    return DecideRequest(actions=actions, event_id=event, context_features=[context])


def in_process(size: Size) -> Iterator[Figure]:
    """The pure decision: from the request to the record that is logged, by a learner that has learned."""
    rng = np.random.default_rng(0)
    loops = Loops()
    loop = loops.of("default")
    count = 400 if size == "quick" else 5_000
    for at in range(500):
        made = rank(request(f"l{at}", rng), loop, id=f"rank:{at}", as_of=at, now=at + 1)
        loops.apply(at, made)
        loops.apply(at, Outcome(id=f"o{at}", decision=made.id, value=float(rng.random() < 0.1), received=at + 1))
    asked = [request(f"e{at}", rng) for at in range(count)]
    spent, used = np.zeros(count), np.zeros(count)
    for at, one in enumerate(asked):
        began, cpu = time.perf_counter(), time.thread_time()
        rank(one, loop, id="rank:x", as_of=1, now=1)
        spent[at], used[at] = 1000 * (time.perf_counter() - began), 1000 * (time.thread_time() - cpu)
    p50, p99 = np.quantile(spent, [0.5, 0.99])
    note = f"of one core's time: {np.quantile(used, 0.5):.3f} and {np.quantile(used, 0.99):.3f}"
    yield at_most("decision in process, ms at the median", float(p50), 0.4, note=note)
    yield at_most("decision in process, ms at 99 %", float(p99), 2.0)


def over_http(size: Size) -> Iterator[Figure]:
    """500 calls a second to a server of its own process, durable, from a sender of its own process."""
    seconds = 2 if size == "quick" else 20
    with tempfile.TemporaryDirectory(prefix="salience-check-") as name:
        from salience.store import home as homes

        folder = Path(name) / "home"
        secret = homes.create(folder).secret_key
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
        code = "import sys; from salience.cli import main; sys.exit(main(sys.argv[1:]))"
        words = [sys.executable, "-c", code, "serve", "--home", str(folder), "--port", port]
        quiet = subprocess.DEVNULL
        server = subprocess.Popen(words, stdout=quiet, stderr=quiet)  # noqa: S603 - our own program
        try:
            _ready(f"http://127.0.0.1:{port}")
            _sent(port, secret, 2)
            before = _used(server.pid)
            spent = _sent(port, secret, seconds)
            used = 1000 * (_used(server.pid) - before) / len(spent)
        finally:
            server.terminate()
            server.wait()
    p50, p99 = np.quantile(spent, [0.5, 0.99])
    note = f"median {p50:.1f} ms, {len(spent):,} calls, {used:.2f} ms of CPU a call; load {os.getloadavg()[0]:.1f}"
    yield at_most(f"POST /v1/decide at {RATE} a second, ms at 99 %", float(p99), 10.0, note=note)


def _ready(address: str) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            httpx.get(f"{address}/health/live")
        except httpx.TransportError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def _sent(port: str, key: str, seconds: int) -> list[float]:
    import msgspec

    rng = np.random.default_rng(1)
    bodies = b"\n".join(msgspec.json.encode(request("", rng)) for _ in range(200))
    words = [sys.executable, "-m", "tests.checks.sender", port, key, str(RATE), str(seconds)]
    said = subprocess.run(words, input=bodies, capture_output=True, check=True, cwd=ROOT).stdout  # noqa: S603 - ours
    return list(msgspec.json.decode(said, type=list[float]))


def _used(process: int) -> float:
    """CPU seconds of a process so far; 0 where the system does not tell."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


CHECKS = (
    Check(19, "latency in process", in_process, fast=False),
    Check(19, "latency over HTTP", over_http, fast=False),
)
