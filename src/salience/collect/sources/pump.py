"""From a stream into the log, for ever or until it is empty: take, store with the place, take again.

What the log cannot take now is offered again, with growing pauses. A message that makes the gate itself fail is tried
three times, alone, and then kept as failed; the stream goes on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from salience.collect.receipt import Receipt, Rejected
from salience.collect.sources.source import Source, Taken, Unreachable

MOST = 1000
WAIT = 0.5
TRIES = 3
LONGEST_PAUSE = 30.0


class Sink(Protocol):
    """Where a stream ends: the engine, seen from here. ``again``: what it raises when it cannot store *now*."""

    again: tuple[type[Exception], ...]

    def place(self, source: str) -> str:
        """The stored place of the stream of this name; "" at first."""
        ...

    def store(self, messages: Sequence[bytes | Rejected], source: str, place: str) -> Receipt:
        """Store the messages, and ``place`` ("" stores none) in the same transaction; returns when it is durable."""
        ...


@dataclass
class Pumped:
    """What came through so far: received = stored + duplicate + failed + refused."""

    received: int = 0
    stored: int = 0
    duplicate: int = 0
    failed: int = 0
    refused: int = 0
    trouble: str = ""

    def add(self, receipt: Receipt) -> None:
        """Count one receipt."""
        self.received += receipt.received
        self.stored += receipt.stored
        self.duplicate += receipt.duplicate
        self.failed += receipt.failed
        self.refused += receipt.refused


Watch = Callable[[Pumped], None]


def pump(
    source: Source, sink: Sink, *, stop: threading.Event, until_empty: bool = False, watch: Watch | None = None
) -> Pumped:
    """Run until ``stop`` is set, or with ``until_empty`` until the stream has nothing for a while.

    With ``until_empty`` a stream that cannot be reached raises `Unreachable`; else it is tried again.
    """
    done = Pumped()
    pause = _Pause(stop)
    while not stop.is_set():
        try:
            source.open(sink.place(source.name))
            _read(source, sink, done, stop, pause, watch or (lambda _: None), until_empty=until_empty)
        except Unreachable as error:
            if until_empty:
                raise
            done.trouble = str(error)
            if watch:
                watch(done)
            pause.wait()
        else:
            break
        finally:
            source.close()
    return done


def _read(
    source: Source, sink: Sink, done: Pumped, stop: threading.Event, pause: _Pause, watch: Watch, *, until_empty: bool
) -> None:
    while not stop.is_set():
        taken = source.take(MOST, WAIT if not until_empty else 4 * WAIT)
        pause.over()
        done.trouble = ""
        if taken.messages:
            _carry(source.name, taken, sink, done, stop, pause)
            watch(done)
        elif until_empty:
            return


def _carry(name: str, taken: Taken, sink: Sink, done: Pumped, stop: threading.Event, pause: _Pause) -> None:
    """One batch into the sink. Stopped in between, nothing of it may have been stored: it is read again next time."""
    poisoned = False
    while not stop.is_set():
        try:
            receipt = sink.store(_judged(taken, name, sink) if poisoned else taken.messages, name, taken.place)
        except sink.again as error:
            done.trouble = str(error)
            pause.wait()
        except Exception:
            if poisoned:
                raise  # not one message's fault
            poisoned = True
        else:
            done.add(receipt)
            pause.over()
            return


def _judged(taken: Taken, name: str, sink: Sink) -> list[bytes | Rejected]:
    """Each message alone, three times at most; those that never pass become rejected ones."""
    return [_tried(message, name, sink) for message in taken.messages]


def _tried(message: bytes, name: str, sink: Sink) -> bytes | Rejected:
    error: Exception | None = None
    for _ in range(TRIES):
        try:
            sink.store([message], name, "")
        except sink.again:
            return message
        except Exception as fault:  # noqa: BLE001 - whatever a poisoned message does, the next one must come through
            error = fault
        else:
            return message  # stored now; with the batch it will be a duplicate
    return Rejected(message, f"its handling failed {TRIES} times: {type(error).__name__}: {error}")


class _Pause:
    """Growing pauses, ended at once by ``stop``."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop, self._seconds = stop, 0.1

    def wait(self) -> None:
        self._stop.wait(self._seconds)
        self._seconds = min(2 * self._seconds, LONGEST_PAUSE)

    def over(self) -> None:
        self._seconds = 0.1
