"""Prepare, mine, learn, publish: what takes minutes instead of milliseconds."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from msgspec import Struct, json, structs

from salience.engine.contexts import in_context, said
from salience.engine.pairing import paired
from salience.engine.workspace import CARD, CHUNK, COLD, Workspace
from salience.events import AnyEvent, Item
from salience.events.answers import ModelInfo
from salience.events.insights import CONTEXT, RULES, without_learned
from salience.events.interactions import Interactions
from salience.mine import Segmentation, segments
from salience.models import Model
from salience.models.cold import cold_items, crowds
from salience.models.cold.cold_start import ColdStart
from salience.prepare.clean import Cleaning, Quality, clean
from salience.prepare.deeds import deeds
from salience.prepare.table import table
from salience.privacy.sensitive import tells
from salience.recommend import traits
from salience.train import Card, Leaderboard, choose, compare, priced, remembered

Progress: TypeAlias = Callable[[str, int, int], None]


def silent(stage: str, done: int, total: int) -> None:
    """Nobody watches."""


class TrainReport(Struct, frozen=True):
    """What one training run did."""

    version: str
    quality: Quality
    leaderboard: Leaderboard
    card: Card


class Learning(Workspace):
    """The verbs of training and mining."""

    _prepared: tuple[int, Interactions, Quality] | None = None

    def interactions(self, progress: Progress = silent) -> tuple[Interactions, Quality]:
        """The log as one clean table: duplicates, bots, and people who withdrew their consent are out.

        Kept until the log grows, so that a demo or a notebook that mines, compares and trains prepares once.
        """
        as_of = self.follower.catch_up(self.now())
        if self._prepared is None or self._prepared[0] != as_of:
            made = table(self._usable(progress))
            withdrawn = [person for person in made.users.names if not self.people.may(person, "train").allowed]
            data, quality = clean(made, withdrawn=withdrawn, cleaning=Cleaning(keep_zero_ratings=True))
            self._prepared = as_of, self._without_sensitive(data), quality
        return self._prepared[1:]

    def _without_sensitive(self, data: Interactions) -> Interactions:
        """Without rows that tell something sensitive of people who did not agree to that."""
        categories = self.people.policy.sensitive_categories
        if not categories:
            return data
        telling = np.array([tells(self.state.card(item), categories) for item in data.items.names], dtype=bool)
        agreed = np.array([self.people.may(user, "sensitive").allowed for user in data.users.names], dtype=bool)
        return data.rows(~telling[data.item] | agreed[data.user])

    def train(self, *, minutes: float | None = None, seed: int = 0, progress: Progress = silent) -> TrainReport:
        """Prepare, choose among the models on a time-ordered validation part, refit on everything, publish last."""
        data, quality = self.interactions(progress)
        model, leaderboard = choose(data, minutes=minutes or self.settings.tune_minutes, seed=seed, progress=progress)
        card = Card.of("", data, leaderboard, seed=seed, published=0)
        progress("membership", 0, 1)
        told = remembered(card.algorithm, card.settings, data, seed=seed)
        quarter = 15 * (minutes or self.settings.tune_minutes)  # seconds: of the time for choosing
        cost = priced(card.algorithm, card.settings, data, seed=seed, seconds=quarter, clock=time.perf_counter)
        card = structs.replace(card, membership=told, poisoning=cost)
        card = self.publish(model, data, card, progress)
        return TrainReport(card.version, quality, leaderboard, card)

    def publish(self, model: Model, data: Interactions, card: Card, progress: Progress = silent) -> Card:
        """Publish a fitted model with what stands beside it; the card gets its version and time here."""
        cards = [without_learned(self.state.card(item), self.settings.use_learned) for item in data.items.names]
        known = [traits(self.state.person(user)) for user in data.users.names]
        mapping = cold_items.fit(model, data, cards, seed=card.seed)
        used, did = self.settings.use_learned, deeds(self._chunks(progress), said(self.settings))
        pairs, worth = paired(did, data, card, seed=card.seed) if RULES in used else (None, None)
        moved, felt = in_context(did, data, card, self.settings, seed=card.seed) if CONTEXT in used else (None, None)
        beside = ColdStart(data.items, cold=mapping, crowds=crowds.fit(data, known), companions=pairs, contexts=moved)
        version = time.strftime("%Y%m%dT%H%M%S", time.gmtime()) + "-" + uuid.uuid4().hex[:6]
        card = structs.replace(card, version=version, published=self.now(), rules=worth, contexts=felt)

        def write(folder: Path) -> None:
            model.without_people().save(folder / "model")
            beside.save(folder / COLD)
            (folder / CARD).write_bytes(json.encode(card))

        self.artefacts.publish(version, write)
        self.snapshot = self._published()
        return card

    def evaluate(
        self,
        *,
        split: str = "user-time",
        fraction: float = 0.2,
        k: int = 10,
        minutes: float | None = None,
        seed: int = 0,
        progress: Progress = silent,
    ) -> Leaderboard:
        """Every model on a held-out part of the log, settings chosen inside the rest. Nothing is published."""
        data, _ = self.interactions(progress)
        budget = minutes or self.settings.tune_minutes
        return compare(data, split=split, fraction=fraction, k=k, minutes=budget, seed=seed, progress=progress)

    def segments(self, *, k: int | None = None, seed: int = 0) -> Segmentation:
        """Groups of people who like the same kinds of items."""
        data, _ = self.interactions()
        cards = ((item, self.state.card(item)) for item in data.items.names)
        titles = {item: card.title for item, card in cards if card and card.title}
        return segments(data, k=k, seed=seed, titles=titles)

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

    def _usable(self, progress: Progress) -> Iterator[list[AnyEvent]]:
        """The log, with cards as the settings let them be seen."""
        used = self.settings.use_learned
        for chunk in self._chunks(progress):
            yield [(without_learned(e, used) or e) if isinstance(e, Item) else e for e in chunk]

    def _chunks(self, progress: Progress) -> Iterator[list[AnyEvent]]:
        after, last = 0, self.log.last()
        while rows := self.log.read(after=after, limit=CHUNK):
            after = rows[-1][0]
            progress("prepare", min(after, last), last)
            yield [event for _, event in rows]
