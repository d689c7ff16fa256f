"""Impossible speed: nobody opens thirty pages in three seconds, for long. A fold over the times of each visitor's acts.

What it finds is marked ``context["bot"] = true`` like any other machine; `prepare.clean` judges the whole history
again, and takes the acts before the mark out of what is learned as well.
"""

from __future__ import annotations

from collections import OrderedDict

from salience.events import AnyEvent, Click, Message, Page, Rating, Search, ShareItem, View

PACED = (View, Click, Rating, Search, ShareItem, Message, Page)
"""Kinds that cost a person a moment each. Eighty lines are bought at once, and a page shows thirty things at once."""

ACTS, WITHIN_MS = 30, 3_000
"""Ten deliberate acts a second, held for three: quick people reach four or five, and a double click is two."""

REMEMBERED_MS = 3_600_000
"""How long a visitor stays marked after the last burst."""

VISITORS = 20_000
"""Visitors looked at together; those silent for longest are forgotten, so memory has an end."""


class Pace:
    """The last acts of the visitors of late.

    >>> pace = Pace()
    >>> acts = [Click(id=str(n), anonymous="v", item="tea", time=1_000 + 50 * n) for n in range(40)]
    >>> [pace.fast(act) for act in acts].index(True)
    29
    """

    def __init__(self) -> None:
        self._last: OrderedDict[str, dict[str, int]] = OrderedDict()
        self._until: dict[str, int] = {}

    def fast(self, event: AnyEvent) -> bool:
        """Take in one event; whether its visitor is faster than people are. The same id again is no second act."""
        if not isinstance(event, PACED):
            return event.time < self._until.get(event.subject, 0)
        subject = event.subject
        acts = self._last.get(subject)
        if acts is None:
            acts = self._last[subject] = {}
            if len(self._last) > VISITORS:
                self._until.pop(self._last.popitem(last=False)[0], None)
        else:
            self._last.move_to_end(subject)
        if event.id not in acts:
            acts[event.id] = event.time
            if len(acts) > ACTS:
                del acts[next(iter(acts))]
            if len(acts) == ACTS and _hurried(acts, event.time):
                self._until[subject] = event.time + REMEMBERED_MS
        return event.time < self._until.get(subject, 0)


def _hurried(acts: dict[str, int], newest: int) -> bool:
    """Whether the acts lie within the window, in whatever order they came. All at one time is a coarse clock."""
    if abs(newest - next(iter(acts.values()))) >= WITHIN_MS:  # most people, without looking at all acts
        return False
    return 0 < max(acts.values()) - min(acts.values()) < WITHIN_MS
