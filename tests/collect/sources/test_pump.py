"""From a stream into a real log: exactly once, whatever breaks in between."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from salience.collect.receipt import Receipt, Rejected
from salience.collect.sources.pump import Pumped, pump
from salience.collect.sources.source import Taken, Unreachable, identified
from salience.engine import Engine


class Numbers:
    """A stream of the clicks of users 0, 1, 2 ...: the place is the next number."""

    name = "numbers"

    def __init__(self, total: int, breaks_at: frozenset[int] = frozenset()) -> None:
        self.total, self.breaks_at = total, set(breaks_at)
        self.at = 0

    def open(self, place: str) -> None:
        self.at = int(place or 0)

    def take(self, most: int, seconds: float) -> Taken:
        until = min(self.at + min(most, 7), self.total)
        if hit := self.breaks_at & set(range(self.at, until)):
            self.breaks_at -= hit
            raise Unreachable("the line is down")
        messages = tuple(
            identified(b'{"kind":"click","user":"u%d","item":"tea"}' % number, f"numbers:{number}")
            for number in range(self.at, until)
        )
        self.at = until
        return Taken(messages, str(until))

    def close(self) -> None:
        pass


class FullError(Exception):
    """The disk is full."""


class Shaky:
    """An engine as a sink that dies before or after the log has stored, or is full, at given calls."""

    def __init__(self, engine: Engine, faults: dict[int, str], poison: bytes = b"") -> None:
        self.engine, self.faults, self.poison = engine, faults, poison
        self.again: tuple[type[Exception], ...] = (FullError,)
        self.calls = 0

    def place(self, source: str) -> str:
        return self.engine.place(source)

    def store(self, messages: Sequence[bytes | Rejected], source: str, place: str) -> Receipt:
        self.calls += 1
        fault = self.faults.get(self.calls, "")
        if fault == "full":
            raise FullError
        if fault == "before":
            raise KeyboardInterrupt
        if self.poison and self.poison in [message for message in messages if isinstance(message, bytes)]:
            raise ZeroDivisionError("poisoned")
        receipt = self.engine.store(messages, source, place)
        if fault == "after":
            raise KeyboardInterrupt
        return receipt


def stored(engine: Engine) -> list[str]:
    return [event.user for _, event in engine.log.read(limit=10_000) if event.kind == "click"]


def everything(count: int) -> list[str]:
    return [f"u{number}" for number in range(count)]


def test_a_stream_is_stored_in_order_with_its_place() -> None:
    with Engine.in_memory() as engine:
        done = pump(Numbers(30), engine, stop=threading.Event(), until_empty=True)
        assert stored(engine) == everything(30)
        assert engine.place("numbers") == "30"
        assert (done.received, done.stored, done.duplicate, done.failed) == (30, 30, 0, 0)
        assert engine.log.ledger().balanced


def test_read_again_from_its_place_there_is_nothing_left() -> None:
    with Engine.in_memory() as engine:
        pump(Numbers(10), engine, stop=threading.Event(), until_empty=True)
        done = pump(Numbers(12), engine, stop=threading.Event(), until_empty=True)
        assert done.received == 2
        assert stored(engine) == everything(12)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", [1, 2, 3, 5])
def test_killed_around_the_commit_each_message_still_counts_once(when: str, call: int) -> None:
    with Engine.in_memory() as engine:
        with pytest.raises(KeyboardInterrupt):
            pump(Numbers(40), Shaky(engine, {call: when}), stop=threading.Event(), until_empty=True)
        kept = 7 * (call - (when == "before"))
        assert (stored(engine), engine.place("numbers")) == (everything(kept), str(kept) if kept else "")
        pump(Numbers(40), engine, stop=threading.Event(), until_empty=True)
        assert stored(engine) == everything(40)
        assert engine.log.ledger().duplicate == 0, "the place went with the events, so none was read twice"


def test_a_full_disk_is_waited_for() -> None:
    with Engine.in_memory() as engine:
        seen: list[str] = []
        sink = Shaky(engine, {2: "full", 3: "full"})
        pump(Numbers(20), sink, stop=threading.Event(), until_empty=True, watch=lambda done: seen.append(done.trouble))
        assert stored(engine) == everything(20)


def test_a_poisoned_message_is_kept_as_failed_and_the_stream_goes_on() -> None:
    poison = identified(b'{"kind":"click","user":"u9","item":"tea"}', "numbers:9")
    with Engine.in_memory() as engine:
        sink = Shaky(engine, {}, poison)
        pump(Numbers(20), sink, stop=threading.Event(), until_empty=True)
        assert stored(engine) == [user for user in everything(20) if user != "u9"]
        (failed,) = engine.log.failures()
        assert failed.raw == poison
        assert failed.reason == "its handling failed 3 times: ZeroDivisionError: poisoned"


def test_a_line_that_breaks_is_opened_again_at_the_stored_place() -> None:
    stop = threading.Event()

    def watch(done: Pumped) -> None:
        if done.stored == 25:
            stop.set()

    with Engine.in_memory() as engine:
        pump(Numbers(25, frozenset({0, 12})), engine, stop=stop, watch=watch)
        assert stored(engine) == everything(25)


def test_asked_to_empty_a_stream_that_is_not_there_it_says_so() -> None:
    with Engine.in_memory() as engine, pytest.raises(Unreachable, match="the line is down"):
        pump(Numbers(5, frozenset({0})), engine, stop=threading.Event(), until_empty=True)


def test_bad_messages_are_kept_as_failed() -> None:
    class Bad(Numbers):
        def take(self, most: int, seconds: float) -> Taken:
            taken = super().take(most, seconds)
            return Taken((*taken.messages, b"oops") if taken.messages else (), taken.place)

    with Engine.in_memory() as engine:
        done = pump(Bad(7), engine, stop=threading.Event(), until_empty=True)
        assert (done.stored, done.failed) == (7, 1)
        assert engine.log.ledger().balanced
