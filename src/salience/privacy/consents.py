"""Everybody's consent: the fold of the log that knows who said what, and which ids are one person."""

from __future__ import annotations

import threading
from collections.abc import Collection

from salience.events import ANONYMOUS, Alias, AnyEvent, Consent, Identify
from salience.privacy.consent import ConsentState

_SILENT = ConsentState()


class Consents:
    """Subject -> `ConsentState`, for one log. A sign-in or an alias makes two subjects one, the stricter winning.

    >>> people = Consents()
    >>> people.apply(1, Consent(id="a", anonymous="v1", received=1, signals={"opt_out": True}))
    >>> people.apply(2, Consent(id="b", user="ann", received=2, purposes={"sharing": True}))
    >>> people.apply(3, Identify(id="c", user="ann", anonymous="v1", received=3))
    >>> people.of("ann").on("opt_out"), people.kin("ann")
    (True, ('ann', 'anon:v1'))
    """

    def __init__(self) -> None:
        self._states: dict[str, ConsentState] = {}
        self._into: dict[str, str] = {}
        self._kin: dict[str, list[str]] = {}
        self._lock = threading.Lock()

    def apply(self, row: int, event: AnyEvent) -> None:
        """Take in the event of log row ``row``; only consent, aliases and sign-ins change anything."""
        if not isinstance(event, Consent | Alias | Identify):
            return
        with self._lock:
            if isinstance(event, Consent):
                root = self._root(event.subject)
                self._states[root] = self._states.get(root, _SILENT).after(row, event)
            elif isinstance(event, Alias) and event.user:
                self._merge(event.previous, event.user, row, event)
            elif isinstance(event, Identify) and event.user and event.anonymous:
                self._merge(ANONYMOUS + event.anonymous, event.user, row, event)

    def __bool__(self) -> bool:
        """Whether anybody has said anything."""
        return bool(self._states)

    def of(self, subject: str) -> ConsentState:
        """What this person has said, under any of their ids."""
        return self._states.get(self._root(subject), _SILENT) if self._states else _SILENT

    def kin(self, subject: str) -> tuple[str, ...]:
        """Every id that is known to be this person, this one among them; known users first."""
        with self._lock:
            root = self._root(subject)
            return tuple(sorted({subject, root, *self._kin.get(root, ())}, key=lambda s: (s.startswith(ANONYMOUS), s)))

    def forget(self, subjects: Collection[str]) -> None:
        """Drop all that is known of these ids, which are all the ids of one person."""
        with self._lock:
            for subject in subjects:
                self._states.pop(subject, None)
                self._into.pop(subject, None)
                self._kin.pop(subject, None)

    def _merge(self, source: str, into: str, row: int, event: Alias | Identify) -> None:
        old, new = self._root(source), self._root(into)
        if old == new:
            return
        self._into[old] = new
        self._kin[new] = [*self._kin.get(new, ()), old, *self._kin.pop(old, ())]
        one, other = self._states.pop(old, None), self._states.get(new)
        if one or other:
            both = (other or _SILENT).merged(one or _SILENT, row=row, received=event.received, event=event.id)
            self._states[new] = both

    def _root(self, subject: str) -> str:
        while subject in self._into:
            subject = self._into[subject]
        return subject
