"""R01 and R04: kill -9 under four retrying clients, again and again; and proof that it sees planted bugs."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tests.faults.marks import Missed, expect
from tests.faults.server import AWAY, READY_SECONDS, Server, clicks, pause

CLIENTS = 4


@dataclass
class Traffic:
    """Clients that send batches of clicks and send them again until they are acknowledged."""

    server: Server
    clients: int = CLIENTS
    sent: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    strange: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._stop, self._guard = threading.Event(), threading.Lock()
        self._threads = [threading.Thread(target=self._send, args=(number,)) for number in range(self.clients)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Send nothing more; what was not acknowledged stays so."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def seen(self) -> tuple[set[str], set[str]]:
        """What is acknowledged, and all that was ever sent."""
        with self._guard:
            return set(self.acknowledged), set(self.sent)

    def _send(self, number: int) -> None:
        dice, made = random.Random(number), 0  # noqa: S311 - a test's own, seeded
        batch: list[dict[str, Any]] = []
        with self.server.client(timeout=10) as client:
            while not self._stop.is_set():
                if not batch:
                    size = dice.randint(1, 5)
                    batch = clicks(f"c{number}-{n}" for n in range(made, made + size))
                    made += size
                    with self._guard:
                        self.sent.update(event["id"] for event in batch)
                try:
                    answer = client.post("/v1/collect", json={"events": batch})
                except AWAY:
                    pause(0.02)
                    continue
                if answer.status_code == 200:
                    with self._guard:
                        self.acknowledged.update(event["id"] for event in batch)
                    batch = batch if dice.random() < 0.05 else []  # some arrive twice although they were acknowledged
                elif answer.status_code == 503 and "retry-after" in answer.headers:
                    pause(0.02)
                else:
                    with self._guard:
                        self.strange.append(f"{answer.status_code}: {answer.text[:200]}")
                    return


def campaign(folder: Path, kills: int, build: str) -> str:
    """Kill it ``kills`` times; figures, or `Missed` with the number of the kill."""
    dice, slowest = random.Random(kills), 0.0  # noqa: S311 - as above
    with Server(folder, build) as server, Traffic(server) as traffic:
        for number in range(1, kills + 1):
            try:
                slowest = max(slowest, server.start())
                pause(dice.uniform(0.03, 0.3))
                server.kill()
                server.audit(*traffic.seen())
                expect(not traffic.strange, traffic.strange[:1])
                expect(slowest <= READY_SECONDS, f"ready only after {slowest:.1f} s")
            except Missed as fault:
                raise Missed(f"kill {number}: {fault}") from None
        slowest = max(slowest, server.start())
        pause(0.2)
        traffic.stop()
        acknowledged, sent = traffic.seen()
        counted = server.counted()
        server.kill()
        stored = server.audit(acknowledged, sent)
    expect(counted.get("click") == stored == counted["stored"], f"{counted} served, {stored} distinct ids stored")
    lost = f"{len(acknowledged):,} acknowledged, {stored:,} stored, 0 lost, 0 twice"
    return f"{kills} kills, {lost}, counts equal, slowest start {slowest:.2f} s"


def killed_while_ingesting(folder: Path, long: bool, build: str) -> str:
    """R01."""
    return campaign(folder, 200 if long else (3 if build == "real" else 60), build)


def planted_bugs_are_caught(folder: Path, long: bool, build: str) -> str:
    """R04: the three bugs that kills can show; the swallowed sync error is shown by R06's check."""
    from tests.faults.traces import sync_error

    caught = []
    for bug in ("early-ack", "no-deduplication", "split-counter", "swallowed-sync"):
        if build not in ("real", bug):
            continue
        place = folder / bug
        place.mkdir()
        try:
            if bug == "swallowed-sync":
                sync_error(place, False, bug)  # noqa: FBT003
            else:
                campaign(place, 60, bug)
        except Missed as fault:
            caught.append(f"{bug} at {fault}")
        else:
            raise Missed(f"{bug} was not caught")
    return "; ".join(caught)
