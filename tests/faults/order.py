"""R09 to R13: broken bodies, duplicates, any order of arrival, clocks that are wrong or jump."""

from __future__ import annotations

import random
import runpy
import time
from collections import Counter
from pathlib import Path
from typing import Any

import apsw
import msgspec
import numpy as np

from salience.engine import Engine
from salience.events import Alias, AnyEvent, Cart, Consent, Identify, Purchase, View
from salience.prepare.fold import fold
from salience.store import home as homes
from salience.store.state import State
from tests.faults.marks import expect
from tests.faults.planted import planted
from tests.faults.server import ROOT, Server, clicks, pause, workspace

HOUR, DAY, YEAR = 3_600_000, 86_400_000, 31_557_600_000


def fuzzed_bodies(folder: Path, long: bool, build: str) -> str:
    """R09: the bodies of scripts/fuzz.py; the ledger must equal the sum of the receipts."""
    fuzz, count = runpy.run_path(str(ROOT / "scripts" / "fuzz.py"))["fuzz"], 100_000 if long else 800
    with Server(folder, build) as server, server.client() as client:
        server.start()
        keys = (server.secret, server.public)
        warm: Counter[int] = fuzz(client, 1, count // 20, keys)[0]
        memory, before = server.rss(), server.counted()
        statuses, fates = fuzz(client, 0, count, keys)
        grown, after = server.rss() - memory, server.counted()
    moved = {name: after[name] - before[name] for name in ("received", "stored", "duplicate", "failed", "refused")}
    worst = max(statuses | warm)
    expect(worst < 500, f"{statuses[worst]} answers with status {worst}")
    expect(moved["received"] == sum(moved.values()) - moved["received"], f"the ledger does not balance: {moved}")
    expect((moved["stored"], moved["duplicate"]) == (fates["stored"], fates["duplicate"]), f"{moved} but {fates}")
    alone = moved["received"] - fates["received"]
    expect(0 <= alone == moved["failed"] - fates["failed"] and alone <= 4 * statuses[422], f"{moved} but {fates}")
    expect(grown <= 50, f"memory grew by {grown:.0f} MB")
    return f"{count:,} bodies, 0 with 5xx, memory {grown:+.1f} MB, ledger exact, {sum(fates.values()):,} fates"


class _Clock:
    """The engine's clock, to be set."""

    def __init__(self) -> None:
        self.at = time.time_ns() // 1_000_000

    def __call__(self) -> int:
        return self.at


def duplicates(folder: Path, long: bool, build: str) -> str:
    """R10: each event one to five times, shuffled, across five starts and 25 h; against each once."""
    dice, count = random.Random(10), 20_000 if long else 1_000  # noqa: S311 - a test's own, seeded
    now = _Clock()
    with planted(build):
        base = now.at - DAY
        events = [{**clicks([f"e{n}"])[0], "item": f"i{n % 50}", "time": base + n} for n in range(count)]
        many = [event for event in events for _ in range(dice.randint(1, 5))]
        dice.shuffle(many)
        place = workspace(folder).home
        fifth = len(many) // 5 + 1
        for start in range(5):
            with Engine.open(place, clock=now) as opened:
                part = many[start * fifth : (start + 1) * fifth]
                for at in range(0, len(part), 500):
                    opened.collect([_json(event) for event in part[at : at + 500]], source="faults")
            now.at += 25 * HOUR if start == 2 else 0
        with Engine.open(place, clock=now) as opened, Engine.in_memory(clock=now) as once:
            for at in range(0, count, 500):
                once.collect([_json(event) for event in events[at : at + 500]], source="faults")
            pulse, right = opened.pulse(), once.pulse()
            expect(pulse.kinds.get("click") == count, f"{pulse.kinds} counted instead of {count:,} clicks")
            expect(pulse.duplicate == len(many) - count, f"{pulse.duplicate:,} duplicates of {len(many) - count:,}")
            expect((pulse.people, pulse.items) == (right.people, right.items), "other people or items")
            expect(_popular(opened.state) == _popular(once.state), "popularity differs")
    return f"{len(many):,} arrivals of {count:,} events over 5 starts and 25 h: each counted once, also in popularity"


def _json(event: dict[str, Any]) -> bytes:
    return msgspec.json.encode(event)


def _popular(state: State) -> dict[str, float]:
    reading = state.read("")
    sizes = reading.counts["popularity"]
    at = sizes.at(np.arange(len(reading.names)), int(sizes.time.max()))
    return {name: round(float(size), 6) for name, size in zip(reading.names, at, strict=True)}


def any_order(folder: Path, long: bool, build: str) -> str:
    """R11: one person's events, merges in both directions among them, in random orders of arrival."""
    events: list[AnyEvent] = [
        View(id="1", anonymous="v", item="tea", time=10, received=100),
        View(id="2", anonymous="w", item="cup", time=20, received=101),
        Cart(id="3", user="ann", item="tea", time=30, received=102),
        Purchase(id="4", user="ann", item="tea", time=40, received=103),
        View(id="5", user="ann", item="tea", time=50, received=104),
        Identify(id="6", user="ann", traits={"city": "Bern", "age": 30}, time=15, received=105),
        Identify(id="7", user="ann", traits={"city": "Basel"}, time=45, received=106),
        Identify(id="8", anonymous="v", traits={"size": "M"}, time=5, received=107),
        Consent(id="9", user="ann", purposes={"personalisation": False}, time=60, received=108),
        Alias(id="10", previous="v", user="ann", time=35, received=109),
        Alias(id="11", previous="w", user="v", time=36, received=110),
        Alias(id="12", previous="ann", user="w", time=37, received=111),
    ]
    dice, orders, seen = random.Random(11), 1_000 if long else 200, set()  # noqa: S311
    with planted(build):
        for _ in range(orders):
            dice.shuffle(events)
            state = State()
            for row, event in enumerate(events, 1):
                state.apply(fold(event), as_of=row)
            seen.add(str([_profile(state, name) for name in ("ann", "v", "w")]) + str(sorted(_popular(state).items())))
    expect(len(seen) == 1, f"{len(seen)} different profiles from {orders:,} orders, e.g. {sorted(seen)[:2]}")
    return f"{orders:,} random orders of {len(events)} events with three merges: one and the same profile"


def _profile(state: State, name: str) -> Any:
    person, names = state.person(name), state.read("").names
    history = zip(person.items, person.strengths, person.times, person.kinds, strict=True)
    known = sorted((names[code], float(strength), int(at), kind) for code, strength, at, kind in history)
    return known, sorted(person.fields.items()), person.newest_received


def client_clocks(folder: Path, long: bool, build: str) -> str:
    """R12: senders whose clocks are off by up to ten years, with and without the time of sending."""
    steps = 41 if long else 9
    skews = sorted({int(part * YEAR) for part in np.linspace(-10, 10, steps)} | {-HOUR, -5_000, 5_000, HOUR})
    truth: dict[str, int] = {}
    with Server(folder, build) as server, server.client() as client:
        server.start()
        public = {"Authorization": f"Bearer {server.public}"}
        flagged = 0
        for number, skew in enumerate(skews):
            now = time.time_ns() // 1_000_000
            theirs = now + skew - 60_000
            event = {"kind": "click", "anonymous": "v", "item": "tea", "time": theirs}
            body = {"events": [{**event, "id": f"sent-{number}"}], "sent": now + skew}
            expect(client.post("/v1/collect", json=body).json()["stored"] == 1, "a post failed")
            truth[f"sent-{number}"] = now - 60_000
            if abs(skew) > 3 * DAY:
                told = client.post("/v1/collect", json={"events": [{**event, "id": f"bare-{number}"}]}, headers=public)
                result = told.json()["results"][0]
                expect(result.get("warning"), f"a clock off by {skew / YEAR:+.1f} years is not flagged: {result}")
                truth[f"bare-{number}"], flagged = now, flagged + 1
        server.kill()
        db = apsw.Connection(str(server.home / "log.db"))
        stored: dict[str, int] = dict(db.execute("SELECT id, time FROM events"))
        db.close()
    errors = {name: abs(stored[name] - right) for name, right in truth.items()}
    worst = max(errors, key=lambda name: errors[name])
    expect(errors[worst] <= 2_000, f"{worst} is off by {errors[worst] / 1000:.1f} s")
    return f"{len(skews)} clocks off by -10 to +10 years: within {errors[worst]} ms; {flagged} without `sent` flagged"


def server_clock(folder: Path, long: bool, build: str) -> str:
    """R13: the server's own clock jumps; rows stay in order, and nothing is forgotten too early or not at all."""
    leap, spring = 1_835_395_200_000, 1_806_195_600_000  # 2028-02-29T00:00Z; 2027-03-28T01:00Z, CET -> CEST
    jumps = [0, HOUR, -HOUR, 0, spring - 1, spring + 1, leap - 1, leap, leap + DAY, leap - HOUR]
    place = homes.create(folder / "home", settings="keep_behaviour_days = 1\n").home
    now = _Clock()
    with planted(build):
        start = now.at
        with Engine.open(place, clock=now) as opened:
            for number, jump in enumerate(jumps):
                now.at = jump if jump > YEAR else start + jump
                opened.collect([_json(clicks([f"e{number}"])[0])], source="faults")
                event = opened.log.find(f"e{number}")
                expect(event and event[0] == number + 1 and event[1].time == now.at, f"row {number + 1}: {event}")
                opened.expire(now.at + DAY - 60_000)
                expect(opened.log.find(f"e{number}"), f"forgotten a minute too early after jump {number}")
                opened.expire(now.at + DAY + 1)
                expect(opened.log.find(f"e{number}") is None, f"not forgotten after jump {number}")
            opened.collect([_json(clicks(["last"])[0])], source="faults")
            now.at += DAY + 2 * HOUR  # a jump ahead: what is due comes once, by itself
            patience = time.monotonic() + 10
            while opened.log.find("last"):
                expect(time.monotonic() < patience, "the hourly look did not come after a jump ahead")
                pause(0.02)
            expect(not opened.trouble, opened.trouble)
            expect(opened.log.ledger().balanced and not opened.log.damages(), "the log is not whole")
    return f"{len(jumps)} jumps (+-1 h, summer time, leap day): rows in order, kept to the minute, the timer runs on"
