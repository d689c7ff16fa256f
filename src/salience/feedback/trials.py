"""The decisions of the log that can be learned from afterwards: seen, with all probabilities, and what each earned.

As in `Join`, a decision counts once somebody saw it; its reward is the largest that names it, 0 if none came within
``wait_ms`` of being seen. Decisions of other modes than online, and those still waiting, are left out and counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec import Struct

from salience.events import AnyEvent, Choice, Decision, Impression
from salience.feedback.reward import reward


class Tried(Struct, frozen=True):
    """One draw among ``choice.offered`` in a slot, and its reward."""

    slot: str
    choice: Choice
    reward: float


@dataclass
class _Waiting:
    slot: str
    choice: Choice
    seen: int = 0
    reward: float | None = None


def tried(events: Iterable[AnyEvent], *, wait_ms: int, now: int) -> tuple[list[Tried], dict[str, int]]:
    """(the draws in the order of the log, how many decisions were `drawn`, `unseen` and `waiting`)."""
    waiting: dict[str, _Waiting] = {}
    for event in events:
        if isinstance(event, Decision):
            if event.mode == "online" and event.layout is not None:
                waiting[event.id] = _Waiting(event.slot, event.layout)
            continue
        value = reward(event)
        found = waiting.get(event.decision)
        if found is None or (value is None and not isinstance(event, Impression)):
            continue
        found.seen = found.seen or max(event.received, 1)
        if value is not None:
            found.reward = value if found.reward is None else max(found.reward, value)
    seen = [one for one in waiting.values() if one.seen]
    done = [one for one in seen if one.reward is not None or one.seen + wait_ms <= now]
    counts = {"drawn": len(waiting), "unseen": len(waiting) - len(seen), "waiting": len(seen) - len(done)}
    return [Tried(one.slot, one.choice, one.reward or 0.0) for one in done], counts
