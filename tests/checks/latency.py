"""Check 19: how long a decision among 50 actions with 25 features takes, in process and over HTTP."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np

from salience.events import DecideRequest, Outcome
from salience.events.loops import RankAction
from salience.feedback.learning import Loops
from salience.optimise.bandit.rank import rank
from tests.checks.figure import Check, Figure, Size, at_most

K, FEATURES = 50, 25


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
    """500 calls a second, evenly spaced, from an open loop of callers to a server of its own process, durable."""
    seconds = 2 if size == "quick" else 20
    with tempfile.TemporaryDirectory(prefix="salience-check-") as name:
        folder = Path(name) / "home"
        from salience.store import home as homes

        secret = homes.create(folder).secret_key
        code = "import sys; from salience.cli import main; sys.exit(main(sys.argv[1:]))"
        words = [sys.executable, "-c", code, "serve", "--home", str(folder), "--port", "18765"]
        quiet = subprocess.DEVNULL
        server = subprocess.Popen(words, stdout=quiet, stderr=quiet)  # noqa: S603 - our own program
        try:
            spent = _load("http://127.0.0.1:18765", secret, seconds)
        finally:
            server.terminate()
            server.wait()
    p50, p99 = np.quantile(spent, [0.5, 0.99])
    note = f"median {p50:.1f} ms, {len(spent):,} calls"
    yield at_most("POST /v1/decide at 500 a second, ms at 99 %", float(p99), 10.0, note=note)


def _load(address: str, key: str, seconds: int) -> list[float]:
    import msgspec

    rng = np.random.default_rng(1)
    bodies = [msgspec.json.encode(request("", rng)) for _ in range(200)]
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with httpx.Client(base_url=address) as client:
        until = time.monotonic() + 30
        while True:
            try:
                client.get("/health/live")
                break
            except httpx.TransportError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
    workers, rate = 16, 500.0
    spent: list[float] = []

    def caller(number: int) -> list[float]:
        own = []
        with httpx.Client(base_url=address, headers=headers) as client:
            client.post("/v1/decide", content=bodies[0])
            begin = time.perf_counter() + 0.2
            for at in range(int(rate * seconds / workers)):
                due = begin + (at * workers + number) / rate
                if (ahead := due - time.perf_counter()) > 0:
                    time.sleep(ahead)
                began = time.perf_counter()
                client.post("/v1/decide", content=bodies[at % len(bodies)]).raise_for_status()
                own.append(1000 * (time.perf_counter() - began))
        return own

    with ThreadPoolExecutor(workers) as pool:
        for own in pool.map(caller, range(workers)):
            spent += own
    return spent


CHECKS = (
    Check(19, "latency in process", in_process, fast=False),
    Check(19, "latency over HTTP", over_http, fast=False),
)
