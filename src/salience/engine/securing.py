"""Security: refusals and changes of keys, as rows of the audit chain. No row holds a key or a person's id."""

from __future__ import annotations

import os
import threading
from contextlib import closing

from salience.engine.auditing import Auditing
from salience.events import InvalidInput
from salience.privacy.vault import Vault
from salience.store.register import Register

MINUTE_MS, MOST = 60_000, 20
"""Refusals a minute that get a row of their own; of further ones the next row says how many there were."""


class Securing(Auditing):
    """The verbs of the security log."""

    _refusals = (0, 0, 0)  # the minute, its rows, those without a row
    _counting = threading.Lock()

    def refused(self, status: int, role: str, route: str) -> None:
        """Note that a call was refused: 401 without a good key, 403 without the right, the origin, or the place."""
        with self._counting:
            minute, rows, left_out = self._refusals
            if self.now() // MINUTE_MS != minute:
                minute, rows = self.now() // MINUTE_MS, 0
            full = rows >= MOST
            self._refusals = (minute, rows + (not full), left_out + 1 if full else 0)
        if not full and not self.read_only:
            more = f" and {left_out} more" if left_out else ""
            self.note("call refused", detail=f"status={status} role={role or 'none'} {route}{more}", actor="serve")

    def witness(self, action: str, detail: str, *, actor: str) -> None:
        """Note what was done to the workspace from outside this process, beside the one that serves it."""
        if self.home is None:
            raise InvalidInput("home", "", "has no folder", "name a workspace folder")
        mine = self.register, self.vault
        with closing(Register(self.home.folder)) as shared, closing(self.home.ring(write=True)) as ring:
            self.register, self.vault = shared, Vault(ring, os.urandom)
            try:
                self.note(action, detail=detail, actor=actor)
            finally:
                self.register, self.vault = mine
