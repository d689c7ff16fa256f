"""Unlearn: models that counts make are made anew without the person at once, the others on a schedule.

A model is refitted with the settings it had, on the log as it is now. For counts (popularity, item neighbours) and EASE
that is exact: the same model as if the person had never come. Until the others are refitted they answer nobody who was
erased since they were fitted, and when they are, older versions go, because a rollback would bring the person back.
Predictors of people are taken down with that refit, and learned anew: the log, as it is then, is asked the same again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, cast

from msgspec import json, structs

from salience.engine.auditing import Auditing
from salience.engine.predicting import Predicting
from salience.engine.workspace import CARD
from salience.events import InvalidInput
from salience.events.answers import ModelInfo
from salience.prepare.moments import Goal
from salience.store.artefacts import Artefacts
from salience.store.home import PREDICTORS
from salience.store.register import Record
from salience.train import Card, refit
from salience.train.bench_outcome import Cost
from salience.train.predict.outlook import Forecast

EXACT: Final = frozenset({"popularity", "item-knn", "ease"})
"""Algorithms whose fit is exact and quick: it is done within the erasure."""

HOUR = 3_600_000
REFIT_AFTER, REFIT_BY = 12 * HOUR, 24 * HOUR
"""When the others are refitted, and by when at the latest: several erasures of a day share one fit."""

_DUE, _PREDICTORS = "due", "predictors"


@contextmanager
def _unmeasured() -> Iterator[Cost]:
    """What learning cost is nobody's question here."""
    yield Cost()


class Unlearning(Predicting, Auditing):
    """The verbs of forgetting in models."""

    _refitting: threading.Thread | None = None

    def refit(self, *, reason: str = "erasure", predictors: bool = True) -> ModelInfo | None:
        """Fit the served model's algorithm and settings anew on the log as it is, publish, drop older versions.

        ``predictors``: those that wait for it as well, which takes minutes. None where no model is published, or nobody
        is left to learn from: then nothing is served any more.
        """
        waiting = self.register.all("model", status=_DUE)
        of_people = [record for record in waiting if record.id.endswith(_PREDICTORS)]
        down = self._taken_down(max(record.at for record in of_people)) if predictors and of_people else []
        for record in waiting:
            if predictors or record not in of_people:
                self.register.put(record._replace(status="done"))
        made = self._fitted_anew(reason)
        for card in down:
            self._learn_again(card)
        return made

    def _fitted_anew(self, reason: str) -> ModelInfo | None:
        version = self.artefacts.current()
        if not version:
            return None
        card = json.decode((self.artefacts.path(version) / CARD).read_bytes(), type=Card)
        self._prepared = None
        data, _ = self.interactions()
        old = self.artefacts.list()
        if not len(data):
            self.artefacts.drop(old)
            self.snapshot = self._published()
        else:
            model = refit(card.algorithm, card.settings, data, seed=card.seed)
            fresh = structs.replace(card, rows=len(data), users=len(data.users), items=len(data.items), refitted=reason)
            self.publish(model, data, fresh)
            self.artefacts.drop(old)
        self.note("model refitted", detail=f"{reason} algorithm={card.algorithm} dropped={len(old)}")
        return next((model for model in self.models() if model.live), None)

    def refit_if_due(self, now: int) -> bool:
        """Begin the refit that erasures ask for, in a thread of its own, once it is time; whether it was."""
        waiting = self.register.all("model", status=_DUE)
        if not waiting or now < waiting[0].at + REFIT_AFTER or (self._refitting and self._refitting.is_alive()):
            return False
        self._refitting = threading.Thread(target=self.refit, name="salience-refit", daemon=True)
        self._refitting.start()
        return True

    def close(self) -> None:
        """A refit that has begun is finished first."""
        if self._refitting:
            self._refitting.join()
        super().close()

    def housekeep(self, now: int) -> None:
        """And the refit that erasures ask for."""
        super().housekeep(now)
        self.refit_if_due(now)

    def model_predates(self, at: int) -> bool:
        """Whether the served model was fitted before that moment."""
        return bool(self.snapshot.version) and self._fitted_at <= at

    def _shelves(self) -> list[Artefacts]:
        """The published predictors of people, one shelf for each goal."""
        scratch = Path(self._scratch.name) if self._scratch else None
        folder = (self.home.folder if self.home else scratch or Path()) / PREDICTORS
        return [Artefacts(path) for path in sorted(folder.iterdir()) if path.is_dir()] if folder.is_dir() else []

    def _taken_down(self, at: int) -> list[Forecast]:
        """Take down the predictors that were published before that moment; the cards of those that were in use."""
        then, cards = time.strftime("%Y%m%dT%H%M%S", time.gmtime(at / 1000)), []
        for shelf in self._shelves():
            old, version = [one for one in shelf.list() if one.partition("-")[0] <= then], shelf.current()
            if version in old:
                cards.append(json.decode((shelf.path(version) / CARD).read_bytes(), type=Forecast))
            if old:
                shelf.drop(old)
                self.note("predictor taken down", detail=f"versions={len(old)}")
        return cards

    def _learn_again(self, card: Forecast) -> None:
        """The same question of the log as it is now. Where that has no usable signal any more, nothing is published."""
        asked = {"days": card.days, "deed": card.deed or "purchase", "seed": card.seed}
        try:
            made = self.predict(cast("Goal", card.goal), _unmeasured, **asked, publish=True)  # type: ignore[arg-type]
        except InvalidInput as error:
            self.note("predictor not learned anew", detail=f"goal={card.goal} {error.rule}")
        else:
            self.note("predictor learned anew", detail=f"goal={card.goal} version={made.version}")

    def _predictors_due(self, now: int, *, learned: bool) -> tuple[str, int]:
        """What is done about the published predictors, and how many there are."""
        count = sum(len(shelf.list()) for shelf in self._shelves())
        if not count or not learned:
            return ("none is published" if not count else "the person was in no training row"), 0
        self.register.put(Record("model", f"{now} {_PREDICTORS}", "", _DUE, now, b"{}"))
        return f"due within {REFIT_BY // HOUR} hours: taken down, and learned anew without the person", count

    def _unlearn(self, now: int, *, learned: bool) -> tuple[str, int]:
        """What is done about the published models, and how many of them have learned from the person."""
        self._prepared = None
        versions = self.artefacts.list()
        if not versions or not learned:
            return ("no model" if not versions else "the person was in no training row"), 0
        card = json.decode((self.artefacts.path(versions[-1]) / CARD).read_bytes(), type=Card)
        if card.algorithm in EXACT:
            self.refit(predictors=False)
            return f"refitted without the person ({card.algorithm}: exact); older versions dropped", len(versions)
        self.register.put(Record("model", f"{now}", "", _DUE, now, b"{}"))
        return f"due within {REFIT_BY // HOUR} hours: {card.algorithm} is refitted; it answers nobody erased", len(
            versions
        )
