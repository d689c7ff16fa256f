"""Audit: every touch of people's data, as a row of a chain that nobody can change unseen."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from salience.engine.workspace import Workspace
from salience.privacy import audit
from salience.privacy.audit import FIRST, Entry, Head
from salience.privacy.keychain import personal

_KEY = "audit"


class Auditing(Workspace):
    """The verbs of the audit chain."""

    def note(self, action: str, *, about: str = "", detail: str = "", actor: str = "engine") -> Entry:
        """Write one row, durably. ``about``: whose data, as a pseudonym; ``detail``: counts and places, no values."""
        key = self.vault.secret(_KEY)
        made: list[Entry] = []

        def link(seq: int, previous: str) -> tuple[int, int, str, str, str, str, str]:
            made.append(audit.linked(key, previous or FIRST, Entry(seq, self.now(), actor, action, about, detail)))
            one = made[-1]
            return one.seq, one.at, one.actor, one.action, one.about, one.detail, one.hash

        def seal(rows: int, newest: str) -> bytes:
            return msgspec.json.encode(audit.sealed(key, Head(rows, newest)))

        self.register.audit(link, seal)
        return made[-1]

    def audit_trail(self, *, after: int = 0, limit: int = 1_000) -> list[Entry]:
        """Rows of the chain, oldest first."""
        return list(self._rows(after, limit))

    def audit_check(self) -> str:
        """What is wrong with the chain, naming the first bad row; "" if it is whole."""
        found = self.register.head()
        try:
            head = msgspec.json.decode(found, type=Head) if found else None
        except msgspec.MsgspecError:
            return "the head cannot be read"
        return audit.broken(self.vault.secret(_KEY), self._rows(0, -1), head)

    def rotate_pseudonyms(self, *, actor: str = "engine") -> int:
        """Make new pseudonyms under a new key; its version. What older ones name is still found by their own key."""
        version = self.vault.renew_pseudonyms()
        self.note("pseudonyms renewed", detail=f"version={version}", actor=actor)
        return version

    def rotate_fields(self, *, actor: str = "engine") -> int:
        """Seal every personal field anew under new keys of its person, while everything goes on; how many rows."""
        keys = self.vault.keys
        keys.renew()
        self.log.append([]).result()  # what was sealed before is in the log now
        keys.settle()
        people = [person for person in self.ring.people() if personal(person)]
        count = 0
        while changed := self.log.reseal(self.vault.reseal):
            count += changed
        for person in people:
            if old := keys.outdated(keys.keys_of(person)):
                self.ring.destroy_keys(old)
        keys.forget()
        self.note("fields sealed anew", detail=f"rows={count}", actor=actor)
        return count

    def _rows(self, after: int, limit: int) -> Iterator[Entry]:
        return (Entry(*row) for row in self.register.audited(after=after, limit=limit))
