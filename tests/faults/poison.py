"""R22 and R27: an event that breaks whatever handles it, and a tenant that is loud beside one that is not."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from salience import follow
from salience.collect.receipt import Receipt, Rejected
from salience.collect.sources.pump import pump
from salience.collect.sources.source import Taken, identified
from salience.engine import Engine
from salience.events import AnyEvent
from salience.prepare import fold
from tests.faults.load import _normal, _p99
from tests.faults.marks import Missed, expect
from tests.faults.planted import planted
from tests.faults.server import Server, clicks, client_of, workspace

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


def noisy_tenant(folder: Path, long: bool, build: str) -> str:
    """R27: one workspace under twenty times the load, with ever new names and ids, beside one with ordinary calls."""
    seconds = 20.0 if long else 1.5
    loud_settings = "rate_per_key = 3.0\n"
    with Server(folder / "loud", build, settings=loud_settings) as loud, Server(folder / "quiet", build) as quiet:
        loud.start()
        quiet.start()
        before = _normal(quiet, seconds, "before")
        apart = get_context("spawn")  # a thread of this process would hold up the caller that is measured
        stop, answers = apart.Event(), apart.Queue()
        callers = apart.Process(target=_shout_together, args=(loud.port, loud.secret, stop, answers))
        callers.start()
        try:
            expect(answers.get(timeout=60) == "loud", "the loud callers do not start")
            beside = _normal(quiet, seconds, "beside")
        finally:
            stop.set()
            statuses, patient = answers.get(timeout=60)
            callers.join()
        expect(set(statuses) <= {200, 422, 429, 503}, f"the loud one was answered {dict(statuses)}")
        expect(
            statuses[429] and all(patient), f"the loud one was never told to wait, with Retry-After: {dict(statuses)}"
        )
        loud.kill()
        quiet.kill()
        with Engine.open(quiet.home) as engine:
            pulse = engine.pulse()
        expect(pulse.kinds.get("click") == len(before) + len(beside), f"the quiet one counts {pulse.kinds}")
        expect(
            pulse.people <= 97 and pulse.items == 1, f"the quiet one knows {pulse.people} people, {pulse.items} items"
        )
    ratio = _p99(beside) / _p99(before)
    if long:
        expect(ratio <= 1.5, f"the quiet one's p99 grew {ratio:.1f} times")
    told = f"{statuses[429]:,} of {sum(statuses.values()):,} loud calls told to wait"
    return f"{told}; the quiet one's p99 {_p99(before):.1f} -> {_p99(beside):.1f} ms, its counts and people its own"


def _shout_together(port: int, secret: str, stop: Any, told: Any) -> None:
    """Four loud callers in a process of their own; tells that they call, and at the end what they were answered."""
    statuses: Counter[int] = Counter()
    patient: list[str] = []
    callers = [threading.Thread(target=_shout, args=(port, secret, n, stop, statuses, patient)) for n in range(4)]
    for caller in callers:
        caller.start()
    told.put("loud")
    for caller in callers:
        caller.join()
    told.put((statuses, patient))


def _shout(port: int, secret: str, number: int, stop: Any, statuses: Counter[int], patient: list[str]) -> None:
    """Calls without a pause: many new people and 10,000 property names among them."""
    sent = 0
    with client_of(port, secret) as client:
        while not stop.is_set():
            sent += 1
            names = {f"n{number}-{sent}-{at}": at for at in range(200)}
            events = clicks([f"l{number}-{sent}-{at}" for at in range(20)], user=f"x{number}-{sent}")
            events.append({"kind": "identify", "id": f"i{number}-{sent}", "user": f"y{number}-{sent}", "traits": names})
            answer = client.post("/v1/collect", json={"events": events})
            statuses[answer.status_code] += 1
            if answer.status_code == 429:
                patient.append(answer.headers.get("retry-after", ""))
