"""Kills an importing process again and again, and compares what it acknowledged with what the disk holds."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from salience.store.sqlite_log import SqliteLog

INGEST = Path(__file__).with_name("ingest.py")


@dataclass
class Campaign:
    """One file, one log, many kills. ``faults`` says everything that was wrong, with the number of the kill."""

    folder: Path
    build: str = "real"
    events: int = 20_000
    seed: int = 0
    acknowledged: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    kills: int = 0

    def __post_init__(self) -> None:
        self.file, self.log = self.folder / "events.jsonl", self.folder / "log.db"
        self._random = random.Random(self.seed)  # noqa: S311 - a test's own, seeded
        self.ids = {f"e{n}" for n in range(self.events)}
        lines = [_event(n) for n in range(self.events)]
        again = self._random.sample(lines, self.events // 20)  # every twentieth event comes twice
        broken = [b'{"kind": "click", "id": "x%d"}' % n for n in range(20)]
        lines += again + broken
        self._random.shuffle(lines)
        self.file.write_bytes(b"\n".join(lines))

    def run(self, kills: int) -> list[str]:
        """Kill the import up to ``kills`` times, stopping at the first fault; then let it finish and count."""
        while self.kills < kills and not self.faults:
            finished = self._import(kill_after=self._random.randint(1, self.events // 50 // 2))
            self.kills += not finished
            self._audit()
        if not self.faults:
            self._import(kill_after=None)
            self._audit()
            self._count()
        return self.faults

    def _import(self, *, kill_after: int | None) -> bool:
        """Run the import; kill it a random moment after ``kill_after`` acknowledgements. Whether it came to its end."""
        command = [sys.executable, str(INGEST), str(self.file), str(self.log), self.build]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - this folder's own program
            assert process.stdout is not None
            done = False
            for number, line in enumerate(process.stdout):
                words = line.decode().split()
                if not line.endswith(b"\n"):
                    break  # cut by the kill: nobody can have read it
                done = done or words[0] == "done"
                self.acknowledged.update(words[1:])
                if number == kill_after:
                    threading.Event().wait(self._random.random() * 0.01)  # the random moment of the fault itself
                    process.kill()
        if kill_after is None and not done:
            self.faults.append(f"kill {self.kills}: the import does not come to its end")
        return done

    def _audit(self) -> None:
        """What must hold at every start after every kill."""
        with SqliteLog(self.log) as log:
            stored = {event.id for _, event in log.read(limit=10**9)}
            damages, ledger = log.damages(), log.ledger()
        lost = self.acknowledged - stored
        found = [
            f"{len(lost)} acknowledged events lost" if lost else "",
            *damages,
            "" if ledger.balanced else f"the ledger does not balance: {ledger}",
            f"{ledger.stored - len(stored)} events stored twice" if ledger.stored > len(stored) else "",
        ]
        self.faults += [f"kill {self.kills}: {fault}" for fault in found if fault]

    def _count(self) -> None:
        """What must hold once the file has been imported to its end."""
        with SqliteLog(self.log) as log:
            rows = log.read(limit=10**9)
            failures = log.ledger().failed
        if [row for row, _ in rows] != list(range(1, self.events + 1)):
            self.faults.append(f"{len(rows):,} rows instead of {self.events:,}, numbered 1 to that")
        if {event.id for _, event in rows} != self.ids:
            self.faults.append("other ids than the file has")
        if failures < 20:
            self.faults.append("failed events were lost")


def _event(number: int) -> bytes:
    return msgspec.json.encode(
        {
            "kind": "click",
            "id": f"e{number}",
            "user": f"u{number % 943}",
            "item": f"i{number % 1682}",
            "time": number + 1,
        }
    )
