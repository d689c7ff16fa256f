"""What it costs to take events in, beside a bare SQLite loop with as many commits in the same run.

single: one event per commit through the engine. log: batches of 100 into the log alone, plain and sealed. engine: the
same batches judged as well. import: a file the way `salience import` takes it. profile: from handing an event over
until the state of its person can be read with it. memory: growth of the process over the second half of an import.
A line with a floor ends in "ok" or "MISSED"; the status is 1 if one is missed.
"""

from __future__ import annotations

import argparse
import csv
import os
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import apsw
import msgspec
import numpy as np
from msgspec import structs

from salience.cli.collector import settle
from salience.cli.reading import reader
from salience.cli.sending import BATCH, Totals, send
from salience.collect.identity import content_id
from salience.engine import Engine
from salience.events import AnyEvent, Click, Identify
from salience.privacy.vault import Vault
from salience.store import home as homes
from salience.store.keyring import Keyring
from salience.store.rows import Codec, Plain
from salience.store.sqlite_log import SqliteLog

START = 1_700_000_000_000
PAGE = os.sysconf("SC_PAGE_SIZE")


class Floors:
    """Prints what was measured and remembers whether a floor was missed."""

    def __init__(self) -> None:
        self.missed = 0

    def line(self, name: str, said: str, value: float, floor: float, *, most: bool = False) -> None:
        """One measurement. ``floor``: the least that ``value`` may be, or the most with ``most``."""
        well = value <= floor if most else value >= floor
        self.missed += not well
        print(
            f"{name:<16}{said}, {'at most' if most else 'floor'} {floor:,g}: {'ok' if well else 'MISSED'}", flush=True
        )


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def clicks(count: int, name: str) -> list[Click]:
    return [
        Click(id=f"{name}{at}", user=f"u{at % 1000}", item=f"i{at % 1500}", time=START + at * 1000)
        for at in range(count)
    ]


def in_batches(events: Sequence[AnyEvent], size: int) -> list[Sequence[AnyEvent]]:
    return [events[at : at + size] for at in range(0, len(events), size)]


def bare(path: Path, batches: Sequence[Sequence[AnyEvent]]) -> float:
    """Seconds of the same bodies in the plainest durable table, a commit per batch."""
    rows = [[(event.id, msgspec.json.encode(event)) for event in batch] for batch in batches]
    db = apsw.Connection(str(path))
    for statement in (
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
        "CREATE TABLE log(seq INTEGER PRIMARY KEY, id TEXT UNIQUE, body BLOB)",
    ):
        db.execute(statement).fetchall()

    def loop() -> None:
        for batch in rows:
            with db:
                db.executemany("INSERT INTO log(id, body) VALUES (?, ?)", batch)

    spent = seconds(loop)
    db.close()
    return spent


def single(folder: Path, engine: Engine, floors: Floors, count: int) -> None:
    """One event a commit, in turns with the bare loop, so that a slow moment of the disk hits both."""
    ours, plain = 0.0, 0.0
    for turn in range(5):
        events = clicks(count // 5, f"s{turn}-")
        bodies = [msgspec.json.encode(event) for event in events]
        plain += bare(folder / f"single{turn}.db", in_batches(events, 1))
        ours += seconds(partial(_one_by_one, engine, bodies))
    floors.line("single", f"{count / ours:,.0f} events/s, {plain / ours:.2f} of bare SQLite", plain / ours, 0.6)


def _one_by_one(engine: Engine, bodies: Sequence[bytes]) -> None:
    for body in bodies:
        engine.collect([body], source="bench")


def log(folder: Path, floors: Floors, count: int) -> None:
    """Batches of 100 into the log: events with nothing personal, and events of which each has a sealed field."""
    ring = Keyring(folder / "keys")
    personal = [Identify(id=f"p{at}", user=f"u{at % 1000}", traits={"plan": "pro"}, time=START) for at in range(count)]
    for name, events, codec in (
        ("log, plain", clicks(count, "l"), Plain()),
        ("log, sealed", personal, Vault(ring, os.urandom)),
    ):
        rate, plain = _logged(folder / f"{codec.__class__.__name__}.db", events, codec)
        floors.line(name, f"{rate:,.0f} events/s, {rate / plain:.2f} of bare SQLite", rate, 60_000)
    ring.close()


def _logged(path: Path, events: Sequence[AnyEvent], codec: Codec) -> tuple[float, float]:
    """(events/s of the log, of bare SQLite)."""
    batches = in_batches(events, 100)
    plain = bare(path.with_suffix(".bare"), batches)
    with SqliteLog(path, codec=codec) as ours:
        spent = seconds(lambda: [future.result() for future in [ours.append(batch) for batch in batches]])
    return len(events) / spent, len(events) / plain


def judged(engine: Engine, count: int) -> None:
    """The same batches as bytes through the gate; no floor is set."""
    bodies = [[msgspec.json.encode(event) for event in batch] for batch in in_batches(clicks(count, "e"), 100)]
    spent = seconds(lambda: [f.result() for f in [engine.submit(body, source="bench") for body in bodies]])
    print(f"{'engine':<16}{count / spent:,.0f} events/s judged and durable", flush=True)


def imported(folder: Path, floors: Floors, count: int) -> None:
    """Tables and JSON lines, each into a workspace of its own, against the bare loop with the same rows and commits."""
    events = [structs.replace(event, id=content_id(event)) for event in clicks(count, "j")]
    settle()  # as `salience import` does
    files, batches = _files(folder, events), in_batches(events, BATCH)
    encoded = time.process_time()
    for event in events:
        msgspec.json.encode(event)
    encoded = time.process_time() - encoded  # the bare loop is given its bytes; making them is not its work
    for name, what in (("clicks.parquet", "interactions"), ("clicks.csv", "interactions"), ("clicks.jsonl", "events")):
        args = Namespace(what=what, columns="", kind="", scale="", separator="|", ids="account")
        plain_cpu = time.process_time()
        plain = bare(folder / f"{name}.bare", batches)
        plain_cpu = time.process_time() - plain_cpu - encoded
        with Engine.open(homes.create(folder / f"home-{name}").home, follow=False) as engine:
            rows, totals = reader(args, files[name])(lambda _done, _all: None), Totals()
            cpu, began = time.process_time(), time.perf_counter()
            send(engine, rows, source=name, totals=totals)
            spent, cpu = time.perf_counter() - began, time.process_time() - cpu
        if totals.stored != count:
            raise SystemExit(f"{name}: {totals}")
        said = f"{count / spent:,.0f} events/s, {plain / spent:.2f} of bare SQLite"
        said += f"; {1e6 * cpu / count:.1f} us of CPU an event, bare {1e6 * plain_cpu / count:.1f}"
        floors.line(f"import {name[7:]}", said, plain / spent, 0.5)


def _files(folder: Path, events: Sequence[Click]) -> dict[str, Path]:
    """The same clicks as a table and as JSON lines."""
    import duckdb

    table, lines, parquet = folder / "clicks.csv", folder / "clicks.jsonl", folder / "clicks.parquet"
    with table.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("user", "item", "time"))
        rows.writerows((event.user, event.item, event.time) for event in events)
    lines.write_bytes(b"\n".join(map(msgspec.json.encode, events)))
    duckdb.connect().execute(f"COPY (SELECT * FROM read_csv('{table}')) TO '{parquet}' (FORMAT parquet)")
    return {path.name: path for path in (table, lines, parquet)}


def profile(engine: Engine, floors: Floors, count: int) -> None:
    """Milliseconds until the follower has folded an event that was just handed over; nobody pushes the follower."""
    engine.follower.catch_up(START)
    spent = []
    for event in clicks(count, "q"):
        began = time.perf_counter()
        engine.collect([event], source="bench")
        row = engine.log.last()
        while engine.state.as_of < row:
            time.sleep(0.0005)
        spent.append(1000 * (time.perf_counter() - began))
    p50, p95 = np.quantile(spent, [0.5, 0.95])
    floors.line("profile", f"p50 {p50:.1f} ms, p95 {p95:.1f} ms", float(p95), 100, most=True)


def memory(engine: Engine, floors: Floors, count: int) -> None:
    """Bytes per event that stay, once every person and item is known."""

    def rows(start: int) -> Iterator[bytes]:
        for at in range(start, start + count // 2):
            yield b'{"kind":"click","id":"m%d","user":"u%d","item":"i%d","time":%d}' % (at, at % 1000, at % 1500, START)

    used = []
    for start in (0, count // 2):
        send(engine, rows(start), source="memory", totals=Totals())
        engine.follower.catch_up(START)
        used.append(int(Path("/proc/self/statm").read_text().split()[1]) * PAGE)
    grown = used[1] - used[0]
    said = f"{used[1] / 2**20:,.0f} MiB, {2 * grown / count:,.0f} bytes an event over the second half of {count:,}"
    floors.line("memory", said, 2 * grown / count, 100, most=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000, help="per measurement (100,000)")
    parser.add_argument("--imported", type=int, default=0, help="rows of the imported files (as --events)")
    parser.add_argument("--memory", type=int, default=0, help="events over which memory is watched (4 x --events)")
    args = parser.parse_args()
    count = args.events
    floors = Floors()
    with tempfile.TemporaryDirectory(prefix="salience-bench-") as name:
        folder = Path(name)
        log(folder, floors, count)
        imported(folder, floors, args.imported or count)
        homes.create(folder / "home")
        with Engine.open(folder / "home") as engine:
            single(folder, engine, floors, max(count // 50, 500))
            judged(engine, count)
            profile(engine, floors, max(count // 500, 100))
            memory(engine, floors, args.memory or 4 * count)
    return min(floors.missed, 1)


if __name__ == "__main__":
    raise SystemExit(main())
