"""Rows into the engine in batches, several under way at once, and what became of them."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from salience.collect.columns import Blocks

if TYPE_CHECKING:
    from salience.collect.receipt import Receipt
    from salience.engine import Engine

BATCH = 2_000
UNDER_WAY = 8  # batches that may wait for the disk together: enough to keep it busy, little to hold in memory
KEPT_FAULTS = 100

TURN_SECONDS = 0.0001
"""How long a thread may keep the interpreter where another waits for it: the one that stores asks for it once for every
few hundred rows, and is the one that all wait for."""


@dataclass
class Totals:
    """The sum of the receipts. It always adds up: received = stored + duplicate + failed + refused."""

    received: int = 0
    stored: int = 0
    duplicate: int = 0
    failed: int = 0
    refused: int = 0
    faults: list[str] = field(default_factory=list)

    def add(self, receipt: Receipt) -> None:
        """Add one receipt and the first reasons."""
        self.received += receipt.received
        self.stored += receipt.stored
        self.duplicate += receipt.duplicate
        self.failed += receipt.failed
        self.refused += receipt.refused
        if receipt.failed and len(self.faults) < KEPT_FAULTS:
            self.faults += [result.reason for result in receipt.results if result.status == "failed"]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "received": self.received,
            "stored": self.stored,
            "duplicate": self.duplicate,
            "failed": self.failed,
            "refused": self.refused,
            "faults": self.faults[:KEPT_FAULTS],
        }

    def __str__(self) -> str:
        counts = f"{self.stored:,} stored + {self.duplicate:,} duplicate + {self.failed:,} failed"
        refused = f" + {self.refused:,} refused (no consent, or erased)" if self.refused else ""
        return f"{self.received:,} received = {counts}{refused}"


def send(engine: Engine, rows: Iterable[Any] | Blocks, *, source: str, totals: Totals, dry_run: bool = False) -> None:
    """Everything in ``rows`` through `Engine.submit`. What was acknowledged stays, also if this is broken off.

    A ``dry_run`` judges each row and stores none.
    """
    if dry_run:
        for batch in _batches(rows):
            totals.add(engine.rehearse(batch, source=source))
        return
    waiting: deque[Future[Receipt]] = deque()
    with _short_turns():
        for future in _submitted(engine, rows, source):
            waiting.append(future)
            if len(waiting) >= UNDER_WAY:
                totals.add(waiting.popleft().result())
        while waiting:
            totals.add(waiting.popleft().result())


@contextmanager
def _short_turns() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _submitted(engine: Engine, rows: Iterable[Any] | Blocks, source: str) -> Iterator[Future[Receipt]]:
    if isinstance(rows, Blocks):
        for block in rows.each(engine.now, source):
            yield engine.submit_block(block, rows.mapping, source=source)
    else:
        for batch in _batches(rows):
            yield engine.submit(batch, source=source, reread=True)


def _batches(rows: Iterable[Any] | Blocks) -> Iterator[list[Any]]:
    left = iter(rows)
    while batch := list(islice(left, BATCH)):
        yield batch
