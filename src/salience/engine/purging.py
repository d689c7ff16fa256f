"""Purge: take out visitors who were invented to push an item, and fold and fit anew as if they had never come."""

from __future__ import annotations

from msgspec import Struct

from salience.engine.forgetting import Forgetting
from salience.events import ANONYMOUS, InvalidInput
from salience.events.identity import LINKING
from salience.store.faults import Unavailable


class Purged(Struct, frozen=True):
    """``visitors`` (and their ``rows``) that a purge took out, or would take out."""

    visitors: int
    rows: int
    dry_run: bool


class Purging(Forgetting):
    """The verbs against invented visitors (mark S30)."""

    _told: frozenset[tuple[str, str]] | set[tuple[str, str]] = frozenset()

    def purge(
        self, *, since: int, until: int, item: str = "", source: str = "", dry_run: bool = False, actor: str = "engine"
    ) -> Purged:
        """Take out every visitor whose whole life lies from ``since`` to before ``until`` (ms UTC, by our clock).

        ``item``: only those who did something about it; ``source``: only those of whom every event came that way.
        Accounts, and visitors who signed in, are not touched: a public key cannot name them. Popularity and exact
        models are made anew before this returns, others when an erasure would have them made anew.
        """
        if not 0 <= since < until:
            raise InvalidInput("until", until, f"must be later than since ({since})", "both are ms since 1970 UTC")
        if self.read_only:
            raise Unavailable("another process owns the workspace: ask it over HTTP, POST /v1/purge")
        self.follower.catch_up(self.now())
        found = self._invented(since, until, item, source)
        rows = sum(found.values())
        if found and not dry_run:
            names = sorted(found)
            self._destroy(names)
            self.log.erase(names)
            self.drop_segments()
            self._forget(names)
            self._unlearn(self.now(), learned=True)
            self._predictors_due(self.now(), learned=True)
            self.note(
                "visitors purged", detail=f"ids={len(found)} rows={rows} since={since} until={until}", actor=actor
            )
        return Purged(len(found), rows, dry_run)

    def note_surges(self) -> int:
        """Write the surges of today that no row of the audit chain names yet; how many. Networks stay out of it."""
        fresh = [pair for pair in self.door.surges.found if pair not in self._told]
        for pair in fresh:
            one = self.door.surges.found[pair]
            self.note("surge", detail=f"item={one.item} visitors={one.visitors}+ since={one.since}")
        self._told = set(self.door.surges.found)
        return len(fresh)

    def housekeep(self, now: int) -> None:
        """And what came in surges."""
        super().housekeep(now)
        self.note_surges()

    def _invented(self, since: int, until: int, item: str, source: str) -> dict[str, int]:
        """Visitor -> rows, of those who fit."""
        rows: dict[str, int] = {}
        out, touched = set[str](), set[str]()
        for event in self.all_events():
            name = event.subject
            if not name.startswith(ANONYMOUS):
                continue
            inside = since <= event.received < until and (not source or event.source in (source, ""))
            if not inside or isinstance(event, LINKING):
                out.add(name)
            rows[name] = rows.get(name, 0) + 1
            if getattr(event, "item", "") == item:
                touched.add(name)
        return {
            name: count
            for name, count in rows.items()
            if name not in out and (not item or name in touched) and len(self.state.members(name)) == 1
        }
