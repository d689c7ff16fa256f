"""Forget: what was kept long enough, class by class, and people who have not been here for too long."""

from __future__ import annotations

from salience.engine.erasing import Erasing
from salience.events.kinds import SOURCE
from salience.privacy.keychain import personal

DAY = 86_400_000


class Forgetting(Erasing):
    """The verbs of storage limits (GDPR 5(1)(e))."""

    _looked = 0
    _rowless: frozenset[str] | set[str] = frozenset()

    def housekeep(self, now: int) -> None:
        """And idle people, once a day; and requests that no law asks to keep."""
        super().housekeep(now)
        if now - self._looked >= DAY:
            self._looked = now
            self.forget_idle(now)
            self.expire_requests(now)

    def forget_idle(self, now: int) -> int:
        """Forget everybody of whom nothing was heard for ``keep_profiles_days``; how many ids. They may come back."""
        limit = self.settings.keep_profiles_days
        if not limit:
            return 0
        self.follower.catch_up(now)
        newest = {name: event.received for name, event in self.log.newest() if not name.startswith(SOURCE)}
        self.vault.keys.settle()
        # A key without a row: its rows have expired. Twice in a row, because a new person's key comes before their row.
        keyed = {name for name in self.ring.people() if personal(name)} - newest.keys()
        newest.update(dict.fromkeys(keyed & self._rowless, 0))
        self._rowless = keyed
        heard = {name: max(newest.get(one, 0) for one in self.state.members(name)) for name in newest}
        idle = [name for name, time in heard.items() if time < now - limit * DAY]
        if idle:
            keys = self._destroy(idle)
            gone = self.log.erase(idle)
            self._forget(idle)
            self._unlearn(now, learned=True)
            self._predictors_due(now, learned=True)
            self.note("idle people forgotten", detail=f"ids={len(idle)} rows={gone.rows} keys={keys}")
        return len(idle)
