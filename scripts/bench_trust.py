"""What trust costs on the two hot paths: the product, against itself without consent, sealing, audit and surges.

Two workspaces, each in a process and behind an app of its own, called without a socket: key, headers, limits, decoding,
the gate, the log on the disk, folds, the answer. Both get the same bodies, their turns alternate and the CPU time of
each process is taken, so a busy machine disturbs both alike, and neither pays for the other's garbage. The collector is
set as `salience serve` sets it. deeds: a hundred views and
clicks. words: the same, of which a third are searches, pages with a referrer and deeds with a context, which are
sealed. A tenth of the people have made choices. recommend: rows.

Prints throughput with trust as a share of that without; a line ends in "ok" or "MISSED", and the status is 1 if one is
missed.
"""
# ruff: noqa: SLF001 - trust has no switch, so it is taken out of one engine by hand

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import multiprocessing
import random
import statistics
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from msgspec import structs

from salience import Engine
from salience.cli.collector import settle
from salience.privacy.standing import Ruling
from salience.serve.app import app
from salience.store import home as homes
from salience.store.rows import Plain
from salience.train import refit

BAR = 0.85
PEOPLE, ITEMS, BATCH = 3_000, 400, 100
NUMBERS = itertools.count(1)
WARM = 12
"""Turns before the first one that counts: by then most visitors have the key that seals their fields."""
DICE = random.Random(7)


def without_trust(engine: Engine) -> None:
    """Take it out of this one engine: nothing is asked, sealed, noted or limited."""
    one: Any = engine
    one.vault.seal_all = Plain().seal_all
    one.vault.flush = lambda: None
    one._kept = lambda accepted: (accepted, 0)
    one.note = lambda *_, **__: None
    one.people.may = lambda _subject, _use: Ruling(allowed=True, because="default")
    one.people.fit_to_see = lambda reading, _subject: reading
    one.people.opt_outs = lambda *_: []
    one.people.suppression.of = lambda _subject: None
    one.follower._asks_everybody = False
    one.follower.consents.chose = lambda *_: None
    one.door.surges.most = 0


def event(words: bool) -> dict[str, Any]:
    """One event of some visitor."""
    n = next(NUMBERS)
    made: dict[str, Any] = {"kind": ("view", "click")[n % 2], "id": f"e{n}", "anonymous": f"v{DICE.randrange(PEOPLE)}"}
    made["item"] = f"i{int(ITEMS * DICE.random() ** 2)}"
    if words and n % 9 == 0:
        made = {**made, "kind": "search", "query": f"green tea {n % 50}"}
        del made["item"]
    elif words and n % 9 == 3:
        made = {**made, "kind": "page", "page": f"/tea/{n % 90}", "referrer": "https://search.example/?q=tea"}
        del made["item"]
    elif words and n % 9 == 6:
        made["context"] = {"locale": "en-GB", "campaign": "autumn"}
    return made


def network(n: int) -> str:
    """An address out of some forty thousand networks: visitors do not come from a handful of them."""
    return f"{20 + n * 7 % 160}.{n * 13 % 251}.9.9"


def bodies(words: bool, count: int) -> list[bytes]:
    """Bodies for one turn."""
    return [json.dumps({"events": [event(words) for _ in range(BATCH)]}).encode() for _ in range(count)]


def requests(count: int) -> list[bytes]:
    """Requests for rows, each of another visitor."""
    return [json.dumps({"anonymous": f"v{next(NUMBERS) * 13 % PEOPLE}", "k": 10}).encode() for _ in range(count)]


async def call(site: Any, path: str, body: bytes, peer: str) -> None:
    """One POST with the public key; anything but 200 ends the run."""
    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "path": path, "raw_path": path.encode(),
        "scheme": "http",
        "query_string": b"", "root_path": "", "client": (peer, 1), "server": ("127.0.0.1", 80),
        "headers": [(b"authorization", b"Bearer wk"), (b"content-type", b"application/json"),
                    (b"content-length", str(len(body)).encode())],
    }  # fmt: skip
    given = iter([{"type": "http.request", "body": body, "more_body": False}])
    status: list[int] = []

    async def receive() -> dict[str, Any]:
        return next(given)

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            status.append(message["status"])

    await site(scope, receive, send)
    if status != [200]:
        raise SystemExit(f"{path}: {status}")


async def turn(engine: Engine, site: Any, path: str, sent: list[tuple[bytes, str]]) -> float:
    """CPU seconds of this process for all of it, folded as well."""
    began = time.process_time()
    for body, peer in sent:
        await call(site, path, body, peer)
    engine.follower.catch_up(engine.now())
    return time.process_time() - began


def side(name: str, pipe: Connection) -> None:
    """One process: a workspace with or without trust, in which a tenth of the people have chosen; turns until None."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Engine.open(homes.create(Path(folder) / name, settings="explore = 0.0\n").home, follow=False) as engine,
    ):
        if name == "without":
            without_trust(engine)
        chosen: list[dict[str, Any]] = [
            {"kind": "consent", "id": f"c{n}", "anonymous": f"v{n}", "purposes": {"analytics": True}}
            for n in range(0, PEOPLE, 10)
        ]
        engine.collect(chosen, source="bench")
        engine.follower.catch_up(engine.now())
        site = app(engine, lambda key: "write" if key == "wk" else None)
        settle()  # as `salience serve` does
        while asked := pipe.recv():
            if asked == "train":
                card = engine.train(minutes=0.005).card
                pipe.send((card.algorithm, card.settings, card.seed))
            elif len(asked) == 3:
                algorithm, settings, seed = asked
                data = engine.interactions()[0]
                card = structs.replace(engine.train(minutes=0.005).card, algorithm=algorithm, settings=settings)
                engine.publish(refit(algorithm, settings, data, seed=seed), data, card)
                pipe.send(None)
            else:
                pipe.send(asyncio.run(turn(engine, site, *asked)))


def measured(sides: list[Connection], path: str, make: Any, turns: int) -> tuple[float, float, float]:
    """Throughput with trust as a share of that without: the median of the turns, and the quartiles."""
    shares = []
    for number in range(turns + WARM):
        sent = [(body, network(next(NUMBERS))) for body in make()]
        took = {}
        for one in (0, 1) if number % 2 else (1, 0):
            sides[one].send((path, sent))
            took[one] = sides[one].recv()
        if number >= WARM:
            shares.append(took[1] / took[0])
    low, middle, high = statistics.quantiles(shares, n=4)
    return low, middle, high


def main() -> int:
    """Every bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=30, help="of each side and path")
    args = parser.parse_args()
    missed = 0
    paths: list[tuple[str, str, Any]] = [
        ("collect deeds", "/v1/collect", lambda: bodies(words=False, count=10)),
        ("collect words", "/v1/collect", lambda: bodies(words=True, count=10)),
        ("recommend", "/v1/recommend", lambda: requests(20)),
    ]
    spawn = multiprocessing.get_context("spawn")
    sides = []
    for which in ("with", "without"):
        here, there = spawn.Pipe()
        spawn.Process(target=side, args=(which, there), daemon=True).start()
        sides.append(here)
    for name, path, make in paths:
        if path == "/v1/recommend":  # the same model for both
            sides[0].send("train")
            sides[1].send(sides[0].recv())
            sides[1].recv()
        low, middle, high = measured(sides, path, make, args.turns)
        well = middle >= BAR
        missed += not well
        said = f"{middle:.2f} of the throughput without trust (quartiles {low:.2f} to {high:.2f})"
        print(f"{name:<16}{said}, bar {BAR}: {'ok' if well else 'MISSED'}", flush=True)
    for one in sides:
        one.send(None)
    return min(missed, 1)


if __name__ == "__main__":
    raise SystemExit(main())
