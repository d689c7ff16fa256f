"""A workspace, opened: its log, what was folded from it, what was learned from it, and the thread that follows."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any, Self

from msgspec import json

from salience.collect.mappings import mappings
from salience.collect.sender import Door
from salience.collect.surges import Surges
from salience.engine.people import People, policy_of
from salience.events import AnyEvent, Ranked
from salience.feedback import Meter
from salience.follow import Follower
from salience.models import load as load_model
from salience.models.cold import cold_start
from salience.optimise import POLICIES
from salience.privacy.inventory import RETENTION
from salience.privacy.suppression import Suppression, Tombstone
from salience.privacy.vault import Vault
from salience.recommend import Snapshot
from salience.settings import Settings
from salience.settings import load as load_settings
from salience.store import home as homes
from salience.store import retention
from salience.store.artefacts import Artefacts
from salience.store.faults import Unavailable
from salience.store.home import Home
from salience.store.keyring import Keyring
from salience.store.log import EventLog
from salience.store.register import Register
from salience.store.segments import Segments
from salience.store.sqlite_log import SqliteLog

CHUNK = 10_000
"""Rows of the log per read where all of them are wanted."""
CARD, COLD = "card.json", "cold"
WATCH_MS = 60_000


def wall_clock() -> int:
    """ms since 1970-01-01 UTC."""
    return time.time_ns() // 1_000_000


def _breath() -> None:
    """Let go of the interpreter for so long that whoever waits for it surely gets it."""
    time.sleep(0.0001)


class Workspace:
    """What every verb needs. ``clock`` tells ms since 1970-01-01 UTC; nothing in the engine asks another one."""

    def __init__(
        self,
        log: EventLog,
        models: Artefacts,
        settings: Settings,
        home: Home | None = None,
        clock: Callable[[], int] = wall_clock,
        *,
        ring: Keyring | None = None,
        vault: Vault | None = None,
        follow: bool = True,
    ) -> None:
        self.log, self.artefacts, self.settings, self.home, self.now = log, models, settings, home, clock
        self.ring = ring or Keyring(None)
        self.vault = vault or Vault(self.ring, os.urandom)
        self.follower = self._new_follower()
        self.state = self.follower.state
        self.register = Register(home.folder if home else None, read_only=home is not None and home.read_only)
        self.people = People(self.follower, Suppression(self.vault.pseudonyms))
        self.people.suppression.add(Tombstone(*stone) for stone in self.ring.buried())
        self.latency = Meter()
        surges = Surges(settings.count_per_network)
        self.door = Door(surges=surges, coarse=settings.coarse_devices, vendor=settings.tcf_vendor)
        if home and home.mappings.is_file():
            self.door.mappings = mappings(home.mappings.read_text(encoding="utf-8"))
        self.trouble = ""
        self.snapshot = self._published()
        self._versions: dict[str, tuple[Snapshot, int]] = {}
        self._expire_at = self._watch_at = 0
        self._asking = threading.Lock()
        self._decided: OrderedDict[str, Future[Ranked] | Ranked] = OrderedDict()
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="salience-follow", daemon=True)
        self._nameless = [] if self.read_only else self.ring.spares()
        """Keys that a process left behind when it was killed: the fold of the log says whose some are (`Keychain`)."""
        self._unfolded = log.last()
        """The newest row that may change what somebody allows: the gate waits until the fold holds it."""
        if follow:
            self._thread.start()

    @classmethod
    def open(
        cls,
        folder: str | Path,
        *,
        read_only: bool = False,
        clock: Callable[[], int] = wall_clock,
        follow: bool = True,
    ) -> Self:
        """Open a workspace folder. `NotFound` where there is none; refuses a folder that another process writes to.

        Without ``follow`` nothing is folded until somebody asks: for a process that only takes events in.
        """
        with ExitStack() as opened:  # the folder's lock too must not outlive a failure behind it
            home = opened.enter_context(homes.open(Path(folder), read_only=read_only))
            settings = load_settings(home.settings.read_text(encoding="utf-8"), os.environ)
            ring = opened.enter_context(closing(home.ring()))
            vault = Vault(ring, os.urandom)
            log = opened.enter_context(closing(home.log_at(settings.log_url, vault)))
            engine = cls(log, home.models, settings, home, clock, ring=ring, vault=vault, follow=follow)
            opened.push(engine)
            engine.finish_erasures()
            opened.pop_all()
        return engine

    @classmethod
    def in_memory(cls, settings: Settings | None = None, *, clock: Callable[[], int] = wall_clock) -> Self:
        """The same engine on a log in memory, for tests and notebooks; nothing stays behind."""
        scratch = tempfile.TemporaryDirectory(prefix="salience-")
        ring = Keyring(None)
        vault = Vault(ring, os.urandom)
        log, models = SqliteLog(":memory:", codec=vault), Artefacts(Path(scratch.name) / "models")
        engine = cls(log, models, settings or Settings(), clock=clock, ring=ring, vault=vault)
        engine._scratch = scratch
        return engine

    def close(self) -> None:
        """Finish what was acknowledged, then let go of the folder."""
        self._stop.set()
        if self._thread.ident:
            self._thread.join()
        self.log.close()
        if not self.read_only:
            with suppress(Unavailable):  # what it has not written, the log says again
                self.vault.keys.close()
        self.register.close()
        self.ring.close()
        if self.home:
            self.home.close()
        if self._scratch:
            self._scratch.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def read_only(self) -> bool:
        """Whether another process owns the folder, so that every answer here is a preview."""
        return self.home is not None and self.home.read_only

    def expire(self, now: int) -> int:
        """Forget what has been kept for longer than the settings allow; how many rows."""
        days = {name: getattr(self.settings, f"keep_{name}_days") for name in (*RETENTION, retention.FAILED)}
        gone = retention.expire(self.log, RETENTION, days, now)
        if gone:
            self.drop_segments()
        return gone

    def drop_segments(self) -> int:
        """Remove the sealed segments, because rows left the log; how many events they held."""
        return Segments(self.home.segments).drop() if self.home and not self.home.read_only else 0

    def housekeep(self, now: int) -> None:
        """What has to be done once an hour."""
        self._name_keys()
        self.expire(now)

    def watch(self, now: int) -> None:
        """What has to be looked at once a minute."""

    def finish_erasures(self) -> int:
        """What a restored backup or a crash has left undone of erasures; called before anything answers."""
        return 0

    def fold_anew(self) -> None:
        """Fold the whole log into a new follower, which takes over: what was taken out of the log is in no fold then.

        Items keep their codes, so that the snapshot stays valid, and requests go on meanwhile.
        """
        fresh = self._new_follower()
        fresh.state.adopt(self.state.items())
        fresh.catch_up(self.now())
        self.follower, self.state, self.people.follower = fresh, fresh.state, fresh

    def pseudonym(self, subject: str) -> str:
        """The name that stands for somebody where their id must not: in audit rows, suppression lists, choices' ids."""
        return self.vault.pseudonyms(subject)[0]

    def all_events(self) -> Iterator[AnyEvent]:
        """Every event of the log, in its order."""
        after = 0
        while rows := self.log.read(after=after, limit=CHUNK):
            yield from (event for _, event in rows)
            after = rows[-1][0]

    # --- inside -------------------------------------------------------------------------------------------------------

    def _name_keys(self) -> None:
        """Write down whose the keys of a killed process are, once the log is folded, and destroy those of nobody."""
        if self._nameless:
            self.vault.keys.settle()
            self.ring.destroy_keys(sorted({*self._nameless} & {*self.ring.spares()}))
            self._nameless = []

    def _published(self) -> Snapshot:
        """The snapshot of the version that is live."""
        snapshot, self._fitted_at = self._loaded(self.artefacts.current())
        return snapshot

    def _loaded(self, version: str) -> tuple[Snapshot, int]:
        """A version as a snapshot, and when it was published."""
        policy, explore = POLICIES[self.settings.layout_policy], self.settings.explore
        if not version:
            rules, repeat, learned = self.settings.rules, self.settings.repeat, self.settings.use_learned
            return Snapshot(layouts=policy, explore=explore, rules=rules, repeat=repeat, learned=learned), 0
        model = load_model(self.artefacts.path(version) / "model")
        card = json.decode((self.artefacts.path(version) / CARD).read_bytes(), type=dict[str, Any])
        beside = cold_start.load(self.artefacts.path(version) / COLD)
        snapshot = Snapshot(
            model,
            version,
            self.state.adopt(model.items.names),
            policy,
            explore,
            beside.cold if beside else None,
            beside.crowds if beside else None,
            self.settings.rules,
            self.settings.repeat,
            learned=self.settings.use_learned,
            companions=beside.companions if beside else None,
            contexts=beside.contexts if beside else None,
            zone=self.settings.timezone,
        )
        return snapshot, int(card["published"])

    def _new_follower(self) -> Follower:
        """One that has folded nothing yet."""
        wait = int(self.settings.reward_wait_seconds * 1000)
        return Follower(
            self.log,
            reward_wait_ms=wait,
            began=self.now(),
            policy=policy_of(self.settings),
            segments=self.settings.segments,
        )

    def _follow(self) -> None:
        while not self._stop.wait(0.05):
            try:
                self.follower.catch_up(self.now(), pause=_breath)
                if not self.read_only and self.now() >= self._watch_at:
                    self.watch(self.now())
                    self._watch_at = self.now() + WATCH_MS
                if not self.read_only and self.now() >= self._expire_at:
                    self.housekeep(self.now())
                    self._expire_at = self.now() + 3_600_000
                self.trouble = ""
            except Exception as error:  # noqa: BLE001 - a follower that dies in silence is worse than any of its errors
                self.trouble = f"{type(error).__name__}: {error}"
