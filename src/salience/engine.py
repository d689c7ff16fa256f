"""The one assembly: picks stores, holds the current snapshot, one short method per verb.

Everything that decides is in the pure rooms; everything that touches a disk is in `store`. This file only joins them.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias

import numpy as np
from msgspec import Struct, json, structs

from salience.collect.accept import Sent, accept
from salience.collect.mappings import mappings
from salience.collect.receipt import Receipt, Result, settle
from salience.collect.replay import rejudged
from salience.collect.sender import Door, Sender
from salience.events import (
    SOURCE,
    AnyEvent,
    Decision,
    InvalidInput,
    NotFound,
    Position,
    RecommendRequest,
    SimilarRequest,
)
from salience.events.answers import (
    Answer,
    ArmView,
    CatalogueItem,
    Check,
    Explanation,
    ModelInfo,
    Pulse,
    Similar,
    SlotView,
)
from salience.events.interactions import Interactions
from salience.events.reading import Person
from salience.feedback import Meter
from salience.follow import Follower
from salience.mine import Rule, Segmentation, rules, segments
from salience.models import cold_items, cold_start, crowds
from salience.models import load as load_model
from salience.models.cold_start import ColdStart
from salience.optimise import POLICIES
from salience.prepare.clean import Cleaning, Quality, clean
from salience.prepare.features.person import PERSONALISATION
from salience.prepare.table import table
from salience.privacy.inventory import RETENTION
from salience.privacy.vault import Vault
from salience.recommend import Snapshot, answer, check, decide, title, told, traits
from salience.settings import Settings
from salience.settings import load as load_settings
from salience.store import home as homes
from salience.store import retention
from salience.store.artefacts import Artefacts
from salience.store.faults import Unavailable
from salience.store.home import Home
from salience.store.keyring import Keyring
from salience.store.log import Appended, EventLog, Failed
from salience.store.sqlite_log import SqliteLog
from salience.train import Card, Leaderboard, choose, compare

Progress: TypeAlias = Callable[[str, int, int], None]
CHUNK = 10_000
CARD, COLD = "card.json", "cold"


def _silent(stage: str, done: int, total: int) -> None:
    """Nobody watches."""


class TrainReport(Struct, frozen=True):
    """What one training run did."""

    version: str
    quality: Quality
    leaderboard: Leaderboard
    card: Card


class Engine:
    """One workspace: its log, what was folded from it, and what was learned from it."""

    def __init__(self, log: EventLog, models: Artefacts, settings: Settings, home: Home | None = None) -> None:
        self.log, self.artefacts, self.settings, self.home = log, models, settings, home
        self.follower = Follower(log, reward_wait_ms=int(settings.reward_wait_seconds * 1000), began=_now())
        self.state = self.follower.state
        self.latency = Meter()
        self.door = Door(coarse=settings.coarse_devices)
        if home and home.mappings.is_file():
            self.door.mappings = mappings(home.mappings.read_text(encoding="utf-8"))
        self._expire_at = 0
        self.ring: Keyring | None = None
        self.vault: Vault | None = None
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self.trouble = ""
        self._prepared: tuple[int, Interactions, Quality] | None = None
        self.snapshot = self._published()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="salience-follow", daemon=True)
        self._thread.start()

    # --- opening and closing ------------------------------------------------------------------------------------------

    @classmethod
    def open(cls, folder: str | Path, *, read_only: bool = False) -> Engine:
        """Open a workspace folder. `NotFound` where there is none; refuses a folder that another process writes to."""
        with ExitStack() as opened:  # the folder's lock too must not outlive a failure behind it
            home = opened.enter_context(homes.open(Path(folder), read_only=read_only))
            settings = load_settings(home.settings.read_text(encoding="utf-8"), os.environ)
            ring = opened.enter_context(closing(home.ring()))
            vault = Vault(ring, os.urandom)
            log = opened.enter_context(closing(home.log_at(settings.log_url, vault)))
            engine = cls(log, home.models, settings, home)
            engine.ring, engine.vault = ring, vault
            opened.pop_all()
        return engine

    @classmethod
    def in_memory(cls, settings: Settings | None = None) -> Engine:
        """The same engine on a log in memory, for tests and notebooks; nothing stays behind."""
        scratch = tempfile.TemporaryDirectory(prefix="salience-")
        log = SqliteLog(":memory:", codec=Vault(Keyring(None), os.urandom))
        engine = cls(log, Artefacts(Path(scratch.name)), settings or Settings())
        engine._scratch = scratch
        return engine

    def close(self) -> None:
        """Finish what was acknowledged, then let go of the folder."""
        self._stop.set()
        self._thread.join()
        self.log.close()
        for part in (self.ring, self.home):
            if part:
                part.close()
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

    # --- collect ------------------------------------------------------------------------------------------------------

    def submit(
        self,
        batch: Sequence[Sent],
        *,
        source: str,
        public: bool = False,
        place: str = "",
        reread: bool = False,
        sender: Sender | None = None,
    ) -> Future[Receipt]:
        """Accept what is good, keep what is not, in one durable step; the future resolves once it is on the disk.

        ``place``: how far the stream ``source`` was read, stored in that same step (see `place`). ``reread``: from
        a file, whose bad rows count once however often it is read. ``sender`` says more than ``public`` does.
        """
        now = _now()
        accepted = accept(batch, now=now, source=source, sender=sender or Sender(public=public), door=self.door)
        public = sender.public if sender else public
        failed = [
            Failed(one.raw, one.reason, one.received, source=source, public=public, once=reread)
            for one in accepted.failed
        ]
        receipt: Future[Receipt] = Future()

        def answered(appended: Future[Appended]) -> None:
            if error := appended.exception():
                receipt.set_exception(error)
            else:
                receipt.set_result(settle(accepted, appended.result().rows, appended.result().failed))

        here = [Position(id=uuid.uuid4().hex, time=now, received=now, source=source, place=place)] if place else []
        self.log.append([*accepted.events, *here], failed).add_done_callback(answered)
        return receipt

    def collect(self, batch: Sequence[Sent], *, source: str, public: bool = False) -> Receipt:
        """`submit`, and wait for the disk."""
        return self.submit(batch, source=source, public=public).result()

    def rehearse(self, batch: Sequence[Sent], *, source: str) -> Receipt:
        """What `collect` would answer, with nothing stored; within a batch, an id that comes twice is not seen."""
        accepted = accept(batch, now=_now(), source=source, sender=Sender(), door=self.door)
        return settle(accepted, [int(self.log.find(event.id) is None) for event in accepted.events])

    def replay_failed(self, seq: int) -> Result:
        """Judge a failed event anew, as on the day it came. If it is good now it moves from failed to stored, once."""
        one = self.log.failure(seq)
        if one is None:
            raise NotFound("failed", seq, "is no failed event", "salience failed list")
        if one.replayed or not one.raw:
            return Result(0, "", "duplicate", "it was replayed already" if one.replayed else "its bytes have expired")
        accepted = rejudged(one.raw, now=one.received, source=one.source, public=one.public, door=self.door)
        rows = () if accepted.failed else self.log.append(accepted.events, replays=seq).result().rows
        return settle(accepted, rows).results[0]

    def expire(self, now: int) -> int:
        """Forget what has been kept for longer than the settings allow; how many rows."""
        days = {name: getattr(self.settings, f"keep_{name}_days") for name in (*RETENTION, retention.FAILED)}
        return retention.expire(self.log, RETENTION, days, now)

    again: tuple[type[Exception], ...] = (Unavailable,)
    """What `store` raises when the same may succeed later (`salience.collect.sources.pump`)."""

    def store(self, messages: Sequence[Sent], source: str, place: str) -> Receipt:
        """What a stream brought, with the place behind it, in one transaction."""
        return self.submit(messages, source=source, place=place).result()

    def place(self, source: str) -> str:
        """How far the stream of this name was read; "" if it never was."""
        newest = [event for _, event in self.log.of_subject(SOURCE + source, limit=1) if isinstance(event, Position)]
        return newest[-1].place if newest else ""

    # --- recommend ----------------------------------------------------------------------------------------------------

    def recommend(self, request: RecommendRequest, *, public: bool = False, preview: bool = False) -> Answer:
        """Decide, log the decision, answer. A ``preview`` is shown to nobody: not logged, and it teaches nothing."""
        began, now = time.perf_counter(), _now()
        preview = preview or self.read_only
        if public and (request.user or not request.anonymous):
            way = "send `anonymous`, or ask from a server with the secret key"
            raise InvalidInput("user", request.user, "a write key answers anonymous visitors only", way)
        self.follower.catch_up(now)
        reading = self.state.read(request.subject)
        check(request, self.snapshot.shelf(reading))
        personal = self._allowed(reading.person) and request.personalise
        decision_id = uuid.uuid4().hex
        decision = decide(
            request,
            reading,
            self.snapshot,
            self.follower.arms.of(request.slot, request.layouts),
            id=decision_id,
            seed=int.from_bytes(hashlib.blake2b(decision_id.encode(), digest_size=7).digest()),
            now=now,
            personal=personal,
            mode="preview" if preview else "online",
        )
        decision = structs.replace(decision, latency_us=int((time.perf_counter() - began) * 1e6))
        if not preview:
            try:
                self.log.append([decision]).result()
            except Unavailable:  # ranking fails open: a full disk must not empty the page
                decision = structs.replace(decision, mode="unlogged")
        self.latency.add(1000 * (time.perf_counter() - began))
        view = self.settings.a_view_is
        return answer(decision, self.state.card, request.language, personalised=personal, viewed=view)

    def similar(self, request: SimilarRequest) -> tuple[Similar, ...]:
        """The items that the model scores highest for somebody who chose this item alone."""
        self.follower.catch_up(_now())
        model = self.snapshot.model
        if self.state.codes([request.item])[0] < 0:
            raise NotFound("item", request.item, "no event ever named it")
        if model is None:
            raise InvalidInput("item", request.item, "no model is published yet", "run: salience train")
        if request.item not in model.items.codes:
            return ()
        items, scores = model.similar(request.item, request.k)
        pairs = [(str(item), float(score)) for item, score in zip(items, scores, strict=True) if item and score > 0]
        return tuple(Similar(item, title(item, self.state.card), score) for item, score in pairs)

    def explain(self, decision_id: str, language: str = "en") -> Explanation:
        """A logged decision, with what came of it."""
        found = self.log.find(decision_id)
        if found is None or not isinstance(found[1], Decision):
            raise NotFound("decision", decision_id, "is not in the log", "ids are in every answer as `decision`")
        decision = found[1]
        after = self.log.of_subject(decision.subject, limit=CHUNK)
        outcomes = tuple(f"{e.kind} {getattr(e, 'item', '')}".strip() for _, e in after if e.decision == decision_id)
        spoken: Literal["en", "zh"] = "zh" if language == "zh" else "en"
        view = self.settings.a_view_is
        return Explanation(decision, told(decision.items, self.state.card, spoken, view), outcomes)

    def catalogue(
        self, *, query: str = "", category: str = "", limit: int = 50, offset: int = 0
    ) -> list[CatalogueItem]:
        """Items that can be had, most wanted first; ``query`` looks for words in the title."""
        self.follower.catch_up(_now())
        reading = self.state.read("")
        wanted = query.casefold().split()
        popularity = reading.counts["popularity"].at(reading.available, _now()) if reading.counts else None
        order = reading.available if popularity is None else reading.available[np.argsort(-popularity, kind="stable")]
        sizes = dict(zip(reading.available.tolist(), popularity if popularity is not None else (), strict=False))
        found: list[CatalogueItem] = []
        for code in order.tolist():
            card = reading.cards[code]
            name = card.title if card and card.title else reading.names[code]
            categories = card.categories if card else ()
            if all(word in name.casefold() for word in wanted) and (not category or category in categories):
                found.append(
                    CatalogueItem(reading.names[code], name, categories, float(sizes.get(code, 0.0)), available=True)
                )
        return found[offset : offset + limit]

    # --- prepare, mine, learn -----------------------------------------------------------------------------------------

    def interactions(self, progress: Progress = _silent) -> tuple[Interactions, Quality]:
        """The log as one clean table: duplicates, bots, and people who withdrew their consent are out.

        Kept until the log grows, so that a demo or a notebook that mines, compares and trains prepares once.
        """
        as_of = self.follower.catch_up(_now())
        if self._prepared is None or self._prepared[0] != as_of:
            made = table(self._chunks(progress))
            withdrawn = [person for person in made.users.names if not self._allowed(self.state.person(person))]
            self._prepared = as_of, *clean(made, withdrawn=withdrawn, cleaning=Cleaning(keep_zero_ratings=True))
        return self._prepared[1:]

    def train(self, *, minutes: float | None = None, seed: int = 0, progress: Progress = _silent) -> TrainReport:
        """Prepare, choose among the models on a time-ordered validation part, refit on everything, publish last."""
        data, quality = self.interactions(progress)
        model, leaderboard = choose(data, minutes=minutes or self.settings.tune_minutes, seed=seed, progress=progress)
        cards = [self.state.card(item) for item in data.items.names]
        known = [traits(self.state.person(user)) for user in data.users.names]
        mapping = cold_items.fit(model, data, cards, seed=seed)
        beside = ColdStart(data.items, cold=mapping, crowds=crowds.fit(data, known))
        version = time.strftime("%Y%m%dT%H%M%S", time.gmtime()) + "-" + uuid.uuid4().hex[:6]
        card = Card.of(version, data, leaderboard, seed=seed, published=_now())

        def write(folder: Path) -> None:
            model.without_people().save(folder / "model")
            beside.save(folder / COLD)
            (folder / CARD).write_bytes(json.encode(card))

        self.artefacts.publish(version, write)
        self.snapshot = self._published()
        return TrainReport(version, quality, leaderboard, card)

    def evaluate(
        self,
        *,
        split: str = "user-time",
        fraction: float = 0.2,
        k: int = 10,
        minutes: float | None = None,
        seed: int = 0,
        progress: Progress = _silent,
    ) -> Leaderboard:
        """Every model on a held-out part of the log, settings chosen inside the rest. Nothing is published."""
        data, _ = self.interactions(progress)
        budget = minutes or self.settings.tune_minutes
        return compare(data, split=split, fraction=fraction, k=k, minutes=budget, seed=seed, progress=progress)

    def rules(self, *, min_support: float, min_confidence: float, limit: int = 1000) -> list[Rule]:
        """Association rules over each person's set of items."""
        data, _ = self.interactions()
        return rules(data.matrix, data.items, min_support=min_support, min_confidence=min_confidence, limit=limit)

    def segments(self, *, k: int | None = None, seed: int = 0) -> Segmentation:
        """Groups of people who like the same kinds of items."""
        data, _ = self.interactions()
        return segments(data, k=k, seed=seed)

    # --- models -------------------------------------------------------------------------------------------------------

    def models(self) -> list[ModelInfo]:
        """The published versions, newest first."""
        live = self.artefacts.current()
        found = []
        for version in reversed(self.artefacts.list()):
            card = json.decode((self.artefacts.path(version) / CARD).read_bytes(), type=dict[str, Any])
            found.append(ModelInfo(version, card["algorithm"], version == live, card["published"], card))
        return found

    def rollback(self, version: str) -> ModelInfo:
        """Let an older version answer again, at once."""
        self.artefacts.rollback(version)
        self.snapshot = self._published()
        return next(model for model in self.models() if model.live)

    # --- the loop, as people look at it -------------------------------------------------------------------------------

    def pulse(self) -> Pulse:
        """The loop at this moment."""
        now = _now()
        self.follower.catch_up(now)
        ledger, join = self.log.ledger(), self.follower.join.counts()
        people, items = self.state.size
        return Pulse(
            events=sum(self.follower.tally.kinds.values()),
            kinds=dict(self.follower.tally.kinds),
            decisions=self.follower.tally.kinds.get("decision", 0),
            rungs=dict(self.follower.tally.rungs),
            rewards=join.rewarded + join.late,
            orphans=join.orphans,
            model=self.snapshot.version,
            people=people,
            items=items,
            received=ledger.received,
            stored=ledger.stored,
            duplicate=ledger.duplicate,
            failed=ledger.failed,
            refused=ledger.refused,
            balanced=ledger.balanced,
            lag_rows=max(self.log.last() - self.state.as_of, 0),
            freshness_ms_p50=self.follower.freshness.quantile(0.5),
            freshness_ms_p95=self.follower.freshness.quantile(0.95),
            latency_ms_p50=self.latency.quantile(0.5),
            latency_ms_p95=self.latency.quantile(0.95),
            arms=self._arms(),
            attention=tuple(
                SlotView(slot, a.decisions, a.impressions, a.visible_ms / 1000, a.clicks, a.value, a.value_per_minute)
                for slot, a in self.follower.attention.slots().items()
            ),
        )

    def doctor(self) -> list[Check]:
        """Whether the loop is whole: the ledger, the disk, the model, the folds."""
        pulse = self.pulse()
        equation = f"{pulse.received:,} received = {pulse.stored:,} stored + {pulse.duplicate:,} duplicate + "
        equation += f"{pulse.failed:,} failed + {pulse.refused:,} refused"
        damages = self.log.damages() + ([self.log.trouble] if self.log.trouble else [])
        folded = f"{pulse.people:,} people, {pulse.items:,} items, {pulse.lag_rows} rows behind"
        model = self.snapshot.model
        return [
            Check("ledger", pulse.balanced, equation),
            Check("log", not damages, "; ".join(damages[:3]) or f"{self.log.last():,} rows, every checksum right"),
            Check("state", pulse.lag_rows == 0 and not self.trouble, self.trouble or folded),
            Check("model", model is not None, f"{pulse.model} ({model.kind})" if model else "none yet: salience train"),
            Check("keys", not (self.vault and self.vault.missing), self.vault.state if self.vault else "in memory"),
            Check("exploration", self.snapshot.explore > 0, f"{self.snapshot.explore:.1%} per position of a row"),
        ]

    # --- inside -------------------------------------------------------------------------------------------------------

    def _published(self) -> Snapshot:
        policy, explore = POLICIES[self.settings.layout_policy], self.settings.explore
        version = self.artefacts.current()
        if not version:
            return Snapshot(layouts=policy, explore=explore, rules=self.settings.rules, repeat=self.settings.repeat)
        model = load_model(self.artefacts.path(version) / "model")
        beside = cold_start.load(self.artefacts.path(version) / COLD)
        return Snapshot(
            model,
            version,
            self.state.adopt(model.items.names),
            policy,
            explore,
            beside.cold if beside else None,
            beside.crowds if beside else None,
            self.settings.rules,
            self.settings.repeat,
        )

    def _allowed(self, person: Person) -> bool:
        """Whether this person may be personalised for: their own choice, else the workspace's default."""
        return bool(person.fields.get(PERSONALISATION, self.settings.personalise_by_default))

    def _chunks(self, progress: Progress) -> Iterator[list[AnyEvent]]:
        after, last = 0, self.log.last()
        while rows := self.log.read(after=after, limit=CHUNK):
            after = rows[-1][0]
            progress("prepare", min(after, last), last)
            yield [event for _, event in rows]

    def _arms(self) -> tuple[ArmView, ...]:
        views = []
        for slot, arms in self.follower.arms.slots().items():
            for arm, p in zip(arms, self.snapshot.layouts.probabilities(arms), strict=True):
                mean = arm.reward / arm.trials if arm.trials else 0.0
                views.append(ArmView(slot, arm.name, arm.trials, arm.reward, mean, float(p)))
        return tuple(views)

    def _follow(self) -> None:
        while not self._stop.wait(0.05):
            try:
                self.follower.catch_up(_now())
                if not self.read_only and _now() >= self._expire_at:
                    self.expire(_now())
                    self._expire_at = _now() + 3_600_000
                self.trouble = ""
            except Exception as error:  # noqa: BLE001 - a follower that dies in silence is worse than any of its errors
                self.trouble = f"{type(error).__name__}: {error}"


def _now() -> int:
    return time.time_ns() // 1_000_000
