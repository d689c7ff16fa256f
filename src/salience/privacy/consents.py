"""Everybody's consent: the fold of the log that knows who said what. Who is who is asked of the identity graph."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable
from collections.abc import Set as AbstractSet

from salience.events import Consent
from salience.events.write import Merge
from salience.privacy.consent import ConsentState

_SILENT = ConsentState()
Members = Callable[[str], tuple[str, ...]]
"""Id -> every id of the person it belongs to (`events.identity`)."""


class Consents:
    """Subject -> `ConsentState`, for one log. Each id keeps what was said under it; a person's are read together.

    >>> people = Consents(lambda name: ("ann", "anon:v1"))
    >>> people.chose(1, Consent(id="a", anonymous="v1", received=1, signals={"opt_out": True}))
    >>> people.chose(2, Consent(id="b", user="ann", received=2, purposes={"sharing": True}))
    >>> people.of("ann").on("opt_out")
    True
    """

    def __init__(self, members: Members, linked: Callable[[], AbstractSet[str]] = frozenset) -> None:
        self._members, self._linked = members, linked
        self._states: dict[str, ConsentState] = {}
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        """Whether anybody has said anything."""
        return bool(self._states)

    def chose(self, row: int, event: Consent) -> None:
        """Take in the consent event of log row ``row``."""
        with self._lock:
            self._states[event.subject] = self._states.get(event.subject, _SILENT).after(row, event)

    def merged(self, sides: Iterable[tuple[str, ...]], row: int, link: Merge) -> None:
        """The ids of each of ``sides`` have become one person by ``link``: what either refused, both refuse.

        The refusal is written under every id, so that splitting them later loosens nothing.
        """
        one, other = ((side, self._together(side)) for side in sides)
        if not one[1].choices and not other[1].choices:
            return
        both = one[1].merged(other[1], row=row, received=link.received, event=link.event)
        refusals = {choice for choice in both.choices if choice.row == row and choice.event == link.event}
        with self._lock:
            for name in (*one[0], *other[0]) if refusals else ():
                before = self._states.get(name, _SILENT)
                self._states[name] = before.with_choices(refusals)

    def of(self, subject: str) -> ConsentState:
        """What this person has said, under any of their ids."""
        states = self._states
        if not states:
            return _SILENT
        names = self._members(subject)
        return states.get(subject, _SILENT) if len(names) == 1 else self._together(names)

    def spoken(self, subjects: set[str]) -> dict[str, ConsentState]:
        """`of` for those of many who have said anything; most have not, and are not asked one by one."""
        maybe = (self._states.keys() & subjects) | (self._linked() & subjects)
        return {name: state for name in maybe if (state := self.of(name)).choices}

    def forget(self, subjects: Collection[str]) -> None:
        """Drop all that is known of these ids."""
        with self._lock:
            for subject in subjects:
                self._states.pop(subject, None)

    def _together(self, names: tuple[str, ...]) -> ConsentState:
        found = [state for name in names if (state := self._states.get(name))]
        if len(found) == 1:
            return found[0]
        whole = _SILENT
        for state in found:
            whole = whole.with_choices(state.choices)
        return whole
