"""When to write to somebody: the hours at which they act by themselves, drawn towards everybody's while little is
known.

p(h) = (n_h + m q_h) / (n + m), with the person's own counts n_h, everybody's shares q_h, and m of them believed at
first. Hours are UTC unless the context of events names an `offset_minutes`. It says when people are there, not that a
message then works better than later: that is for an experiment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from msgspec import Struct

from salience.events import AnyEvent
from salience.feedback.naming import BY_THEMSELVES

BELIEVED = 20.0
HOURS, HOUR_MS = 24, 3_600_000


class SendTime(Struct, frozen=True):
    """``hour``: the best of those allowed; ``share`` of what the person does falls into it; ``events`` were seen."""

    hour: int
    share: float
    events: int
    shares: tuple[float, ...]
    said: str


def hours(events: Iterable[AnyEvent], who: Callable[[str], str]) -> dict[str, list[int]]:
    """Person -> 24 counts of what they did by themselves; "" for everybody."""
    found: dict[str, list[int]] = {"": [0] * HOURS}
    for event in events:
        if event.kind not in BY_THEMSELVES or event.context.get("bot") is True or not event.subject:
            continue
        offset = event.context.get("offset_minutes")
        local = event.time + (int(offset) * 60_000 if isinstance(offset, int) else 0)
        hour = local // HOUR_MS % HOURS
        found[""][hour] += 1
        found.setdefault(who(event.subject), [0] * HOURS)[hour] += 1
    return found


def send_time(counts: dict[str, list[int]], person: str, allowed: tuple[int, ...] = tuple(range(HOURS))) -> SendTime:
    """The best hour for one person; ``allowed`` leaves out quiet hours."""
    everybody, own = np.array(counts[""], np.float64), np.array(counts.get(person, [0] * HOURS), np.float64)
    prior = (everybody + 1) / (everybody.sum() + HOURS)
    shares = (own + BELIEVED * prior) / (own.sum() + BELIEVED)
    hour = max(allowed, key=lambda one: (shares[one], -one))
    n = int(own.sum())
    if everybody.sum() < BELIEVED:
        said = "not enough data: hardly anybody did anything yet"
    elif n < BELIEVED:
        said = f"mostly everybody's hours: {n} events of this person are known"
    else:
        said = f"their own hours, from {n} events"
    return SendTime(hour, float(shares[hour]), n, tuple(float(one) for one in shares), said)
