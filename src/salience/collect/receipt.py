"""What becomes of what was sent: one result per event, and the counts, which always add up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from msgspec import Struct, structs

from salience.events import AnyEvent
from salience.events.written import Written

Status: TypeAlias = Literal["stored", "duplicate", "failed", "refused"]


class Result(Struct, frozen=True):
    """What became of the event at ``index``. ``reason`` says why it failed, ``warning`` what was changed.

    ``refused`` ones are well formed but may not be kept (no consent, or the person was erased): nothing of them stays.
    """

    index: int
    id: str
    status: Status
    reason: str = ""
    warning: str = ""


class Receipt(Struct, frozen=True):
    """The answer to one batch: ``received = stored + duplicate + failed + refused``."""

    received: int
    stored: int
    duplicate: int
    failed: int
    results: tuple[Result, ...] = ()
    refused: int = 0


class Rejected(Struct, frozen=True):
    """What cannot be stored as an event: kept as it came, with the reason. ``line``: where in a file, else 0."""

    raw: bytes
    reason: str
    received: int = 0
    line: int = 0


class Accepted(Struct, frozen=True):
    """A judged batch: ``events`` and ``failed`` go to the log; ``results`` has one entry per event that was sent.

    A result says "stored" before the log has seen the event; `settle` says what really happened. ``written``: the
    events as the log stores them, None for those that it has to write itself; empty where it has to write them all.
    """

    events: tuple[AnyEvent, ...]
    failed: tuple[Rejected, ...]
    results: tuple[Result, ...]
    written: tuple[Written | None, ...] = ()

    @property
    def rows(self) -> list[AnyEvent | Written]:
        """What the log is given."""
        if not self.written:
            return list(self.events)
        return [row or event for row, event in zip(self.written, self.events, strict=True)]


def settle(accepted: Accepted, rows: Sequence[int], failed: Sequence[int] = ()) -> Receipt:
    """The receipt, once the log has answered with its row (0 = known already) for each of ``accepted.events``.

    ``failed``: the same for ``accepted.failed``, where the log can tell that a file's bad row was kept before.
    """
    row, bad = iter(rows), iter(failed or [1] * len(accepted.failed))
    results = tuple(
        result
        if result.status == "refused" or next(row if result.status == "stored" else bad)
        else structs.replace(result, status="duplicate")
        for result in accepted.results
    )
    count = [result.status for result in results].count
    return Receipt(len(results), count("stored"), count("duplicate"), count("failed"), results, count("refused"))
