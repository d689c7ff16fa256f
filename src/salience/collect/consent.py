"""The second gate: what is well formed but may not be kept is refused, counted, and leaves nothing behind. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from msgspec import structs

from salience.collect.receipt import Accepted
from salience.events import AnyEvent
from salience.events.written import Written


class Verdict(NamedTuple):
    """What is kept of an event: the event itself, one that lost a part (``warning`` says which), or None."""

    event: AnyEvent | None
    reason: str = ""
    warning: str = ""


def gate(accepted: Accepted, judge: Callable[[AnyEvent], Verdict]) -> tuple[Accepted, int]:
    """Let each good event be judged, in order; the batch as it may be kept, and how many were refused."""
    kept: list[AnyEvent] = []
    rows: list[Written | None] = []
    results = list(accepted.results)
    good = (index for index, result in enumerate(results) if result.status == "stored")
    written = accepted.written or (None,) * len(accepted.events)
    for index, event, row in zip(good, accepted.events, written, strict=True):
        verdict = judge(event)
        if verdict.event is None:
            results[index] = structs.replace(results[index], status="refused", reason=verdict.reason)
            continue
        kept.append(verdict.event)
        rows.append(row if verdict.event is event else None)
        if verdict.warning:
            warning = "; ".join(part for part in (results[index].warning, verdict.warning) if part)
            results[index] = structs.replace(results[index], warning=warning)
    left = structs.replace(accepted, events=tuple(kept), results=tuple(results), written=tuple(rows))
    return left, len(accepted.events) - len(kept)
