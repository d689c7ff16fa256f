"""Who will leave, who will buy, what comes next: learned from the log, published, and told to the log itself."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct, json, structs

from salience.engine.learning import Learning, Progress, silent
from salience.engine.workspace import CHUNK
from salience.events import ANONYMOUS, Identify, InvalidInput, NotFound
from salience.models.predictor.scorer import Reason, load
from salience.prepare.features.predicted import FIELD, SOURCE
from salience.prepare.moments import Asked, Goal, People, main_categories, people_at, without
from salience.prepare.table import Table, table
from salience.store.artefacts import Artefacts
from salience.train.bench_outcome import Bench, Meter
from salience.train.predict.learning import USABLE
from salience.train.predict.outlook import Forecast, Outlook, outlook

CARD = "card.json"
EXPLAINED = 10
"""People whose reasons are worked out; each takes a few milliseconds."""


class Scored(Struct, frozen=True):
    """A person's prediction: the chance of ``outcome`` (yes, or the likeliest category), with the strongest reasons."""

    user: str
    outcome: str
    chance: float
    reasons: tuple[Reason, ...] = ()


class Predictions(Struct, frozen=True, kw_only=True):
    """``version``: what was published, empty if nothing was; ``people``: the likeliest first; ``told``: how many were
    written to the log as fields of the people."""

    version: str
    card: Forecast
    people: tuple[Scored, ...]
    told: int


class Predicting(Learning):
    """The verbs of predictors."""

    def predict(
        self,
        goal: Goal,
        meter: Meter,
        *,
        days: int = 30,
        deed: str = "purchase",
        minutes: float | None = None,
        seed: int = 0,
        limit: int = 1000,
        publish: bool = False,
        progress: Progress = silent,
    ) -> Predictions:
        """Learn who will and score everybody who is active. ``publish``: keep the predictor, and tell the scores.

        A predictor without a usable signal is shown, but never published: `InvalidInput` says so.
        """
        asked = Asked(goal, days, deed)
        bench = Bench(minutes or self.settings.tune_minutes, seed, time.perf_counter, meter, progress)
        made = self._known(progress)
        found = outlook(made, asked, bench)
        end = found.card.as_of
        rows = people_at(made, (end,), asked, _categories(found.card, made), known=False)
        people = _scored(found, rows, limit)
        if not publish:
            return Predictions(version="", card=found.card, people=people, told=0)
        if found.card.verdict != USABLE:
            rule = f"cannot be published: {found.card.verdict}"
            raise InvalidInput("goal", asked.goal, rule, "collect for longer, or ask for other days")
        version = time.strftime("%Y%m%dT%H%M%S", time.gmtime(self.now() / 1000)) + "-" + uuid.uuid4().hex[:6]

        def write(folder: Path) -> None:
            found.scorer.save(folder / "model")
            (folder / CARD).write_bytes(json.encode(found.card))

        self._predictor(asked.goal).publish(version, write)
        return Predictions(version=version, card=found.card, people=people, told=self._tell(found))

    def rescore(self, goal: Goal, *, limit: int = 1000, progress: Progress = silent) -> Predictions:
        """Score everybody who is active now with the predictor that was published last, and tell the scores."""
        shelf = self._predictor(goal)
        version = shelf.current()
        if not version:
            raise NotFound("goal", goal, "has no published predictor", f"run: salience predict {goal} --publish")
        folder = shelf.path(version)
        card = json.decode((folder / CARD).read_bytes(), type=Forecast)
        scorer = load(folder / "model")
        asked = Asked(goal, card.days, card.deed or "purchase")
        made = self._known(progress)
        end = int(made.columns["time"].max(initial=0)) + 1
        rows = people_at(made, (end,), asked, _categories(card, made), known=False)
        found = Outlook(_moved(card, end, asked), scorer, rows.users, scorer.probabilities(rows.columns))
        return Predictions(version=version, card=found.card, people=_scored(found, rows, limit), told=self._tell(found))

    def _known(self, progress: Progress) -> Table:
        """The log as a table, without machines and people who may not be learned from."""
        self.follower.catch_up(self.now())
        made = table(self._chunks(progress))
        return without(made, [user for user in made.users.names if not self.people.may(user, "train").allowed])

    def _predictor(self, goal: str) -> Artefacts:
        if self.home is not None:
            return self.home.predictor(goal)
        if self._scratch is None:
            raise InvalidInput("home", "", "this engine has no folder to publish in", "open a workspace")
        return Artefacts(Path(self._scratch.name) / "predictors" / goal)

    def _tell(self, found: Outlook) -> int:
        """Write the scores to the log, as fields of the people who may be profiled."""
        now, goal = self.now(), found.card.goal
        until = now + found.card.days * 86_400_000
        told = []
        for user, chances in zip(found.users, found.chances, strict=True):
            if not self.people.may(user, "profile").allowed:
                continue
            traits = _traits(goal, found.card.classes, chances.tolist(), until)
            named = {"anonymous": user.removeprefix(ANONYMOUS)} if user.startswith(ANONYMOUS) else {"user": user}
            told.append(
                Identify(id=uuid.uuid4().hex, time=now, received=now, source=SOURCE, traits=traits, **named)  # type: ignore[arg-type]
            )
        for start in range(0, len(told), CHUNK):
            self.log.append(told[start : start + CHUNK]).result()
        self.follower.catch_up(self.now())
        return len(told)


def _traits(goal: str, classes: Sequence[str], chances: list[float], until: int) -> dict[str, str | float | int | None]:
    best = int(np.argmax(chances))
    name = f"{FIELD}{goal}"
    if goal == "next":
        return {name: classes[best], f"{name}:chance": round(chances[best], 4), f"{name}:until": until}
    return {name: round(chances[1], 4), f"{name}:until": until}


def _scored(found: Outlook, rows: People, limit: int) -> tuple[Scored, ...]:
    """The likeliest ``limit``, with their three strongest reasons."""
    several = found.card.goal == "next"
    outcome = found.chances.argmax(axis=1) if several else np.ones(len(found.users), np.int64)
    chance = found.chances[np.arange(len(outcome)), outcome]
    best = np.argsort(-chance, kind="stable")[:limit]
    return tuple(
        Scored(
            found.users[row],
            found.card.classes[int(outcome[row])],
            round(float(chance[row]), 4),
            tuple(found.scorer.reasons(rows.columns, int(row), int(outcome[row]))[:3]) if place < EXPLAINED else (),
        )
        for place, row in enumerate(best.tolist())
    )


def _categories(card: Forecast, made: Table) -> tuple[str, ...]:
    return main_categories(made, card.moments[0]) if card.moments else ()


def _moved(card: Forecast, end: int, asked: Asked) -> Forecast:
    return structs.replace(card, as_of=end, until=end + asked.span)
