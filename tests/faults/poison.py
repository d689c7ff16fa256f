"""R22: an event that breaks whatever handles it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from salience import follow
from salience.collect.receipt import Receipt, Rejected
from salience.collect.sources.pump import pump
from salience.collect.sources.source import Taken, identified
from salience.engine import Engine
from salience.events import AnyEvent
from salience.prepare import fold
from tests.faults.marks import Missed, expect
from tests.faults.planted import planted
from tests.faults.server import clicks, workspace

POISON = "poison"
TRIES = 3


def poison_message(folder: Path, long: bool, build: str) -> str:
    """R22: one message in a stream whose handling fails, and one event in the log that no fold can take."""
    count = 2_000 if long else 200
    home = workspace(folder).home
    with planted(build), _breaking_fold(), Engine.open(home, follow=False) as engine:
        tries = _streamed(engine, count)
        expect(tries <= TRIES + 1, f"the poisoned message was handed over {tries} times")  # its batch, then alone
        expect(engine.place("numbers") == str(count), f"the stream stopped at {engine.place('numbers')!r} of {count}")
        engine.collect([*clicks(["before"], user="ann"), *clicks(["p"], user="ann", item=POISON)], source="faults")
        engine.collect(clicks(["after"], user="ann", item="cup"), source="faults")
        row = next(row for row, event in engine.log.of_subject("ann") if event.id == "p")
        stuck = f"the event of row {row} stops the fold: {count} others wait behind it for ever"
        try:
            engine.follower.catch_up(engine.now())
        except ZeroDivisionError:
            raise Missed(stuck) from None
        reading = engine.state.read("ann")
        known = {reading.names[code] for code in reading.person.items}
        expect(known == {"tea", "cup"}, f"the fold knows {known} of ann")
        expect(list(engine.follower.poisoned) == [row], f"rows named: {engine.follower.poisoned}")
        doctor = next(check for check in engine.doctor() if check.name == "state")
        expect(not doctor.ok and str(row) in doctor.detail, f"doctor says {doctor.detail!r}")
        ledger = engine.log.ledger()
        expect(ledger.balanced and ledger.failed == 1, f"{ledger}")
    return f"isolated after {tries - 1} tries alone, {count - 1:,} others stored; in the log left out, named by doctor"


def _streamed(engine: Engine, count: int) -> int:
    """Read a stream with one bad message into the engine; how often that one was handed over."""
    seen: Counter[bytes] = Counter()

    class Stream:
        name = "numbers"
        at = 0

        def open(self, place: str) -> None:
            self.at = int(place or 0)

        def take(self, most: int, _seconds: float) -> Taken:
            until = min(self.at + min(most, 50), count)
            one = b'{"kind":"click","user":"s%d","item":"tea"}'
            messages = tuple(identified(one % number, f"numbers:{number}") for number in range(self.at, until))
            self.at = until
            return Taken(messages, str(until))

        def close(self) -> None:
            """Nothing is open."""

    class Sink:
        again: tuple[type[Exception], ...] = engine.again

        def place(self, source: str) -> str:
            return engine.place(source)

        def store(self, messages: Sequence[Any], source: str, place: str) -> Receipt:
            bad = [one for one in messages if not isinstance(one, Rejected) and b'"user":"s7"' in bytes(one)]
            seen.update(map(bytes, bad))
            if bad:
                raise ZeroDivisionError("poisoned")
            return engine.store(messages, source, place)

    pump(Stream(), Sink(), stop=threading.Event(), until_empty=True)
    return max(seen.values())


class _breaking_fold:  # noqa: N801 - a context manager by the name of what it does
    """Folding an event about `POISON` divides by zero."""

    def __enter__(self) -> None:
        self.real = fold

        def broken(event: AnyEvent) -> Any:
            if getattr(event, "item", "") == POISON:
                raise ZeroDivisionError("an event that its handler cannot take")
            return self.real(event)

        follow.__dict__["fold"] = broken

    def __exit__(self, *_: object) -> None:
        follow.__dict__["fold"] = self.real
