"""Recommend: decide, log the decision, answer; and tell later why."""

from __future__ import annotations

import hashlib
import time
import uuid
from operator import itemgetter
from typing import Literal

import numpy as np
from msgspec import structs

from salience.engine.assigning import Assigning, exposures
from salience.engine.targeting import Targeting
from salience.engine.workspace import CHUNK
from salience.events import Decision, InvalidInput, NotFound, RecommendRequest, SimilarRequest
from salience.events.answers import Answer, CatalogueItem, Explanation, Similar
from salience.recommend import answer, check, decide, title, told
from salience.store.faults import Unavailable


class Recommending(Assigning, Targeting):
    """The verbs of a request."""

    def recommend(
        self, request: RecommendRequest, *, public: bool = False, preview: bool = False, opted_out: bool = False
    ) -> Answer:
        """Decide, log the decision, answer. A ``preview`` is shown to nobody: not logged, and it teaches nothing.

        ``opted_out``: the browser sent Global Privacy Control, which is kept as the visitor's choice.
        """
        began, now = time.perf_counter(), self.now()
        preview = preview or self.read_only
        if public and (request.user or not request.anonymous):
            way = "send `anonymous`, or ask from a server with the secret key"
            raise InvalidInput("user", request.user, "a write key answers anonymous visitors only", way)
        self.follower.catch_up(now)
        reading = self.people.fit_to_see(self.state.read(request.subject), request.subject)
        personal = request.personalise and self.people.may(request.subject, "decide").allowed
        stone = self.people.suppression.of(request.subject)
        if stone is not None and self._fitted_at <= stone.at:  # the model may still hold a trace of who was erased
            personal = False
        dealt = self.arms_for(request, reading.person) if personal and not preview else {}
        snapshot, request = self.for_segments(self.snapshot_for(dealt), request, personal=personal)
        check(request, snapshot.shelf(reading))
        decision_id = uuid.uuid4().hex
        decision = decide(
            request,
            reading,
            snapshot,
            self.follower.arms.of(request.slot, request.layouts),
            id=decision_id,
            seed=int.from_bytes(hashlib.blake2b(decision_id.encode(), digest_size=7).digest()),
            now=now,
            personal=personal,
            mode="preview" if preview else "online",
        )
        arms = {name: one.arm for name, one in dealt.items()}
        context = self.segments_for(dealt, reading.person)
        took = int((time.perf_counter() - began) * 1e6)
        decision = logged = structs.replace(decision, arms=arms, context=context, latency_us=took)
        if not preview:
            choices = self.people.opt_outs([decision], now, self.pseudonym) if opted_out else []
            if not self.people.may(request.subject, "store").allowed:  # what was shown is counted, and to whom is not
                logged = structs.replace(decision, user="", anonymous="", session="")
            try:
                self.log.append([*choices, *exposures(dealt), logged]).result()
            except Unavailable:  # ranking fails open: a full disk must not empty the page
                decision = structs.replace(decision, mode="unlogged")
        self.latency.add(1000 * (time.perf_counter() - began))
        view = self.settings.a_view_is
        return answer(decision, self.state.card, request.language, personalised=personal, viewed=view)

    def similar(self, request: SimilarRequest) -> tuple[Similar, ...]:
        """The items that the model scores highest for somebody who chose this item alone."""
        self.follower.catch_up(self.now())
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
        mine = self.state.members(decision.subject)  # whoever signed in since then reacts under another id
        after = sorted((row for name in mine for row in self.log.of_subject(name, limit=CHUNK)), key=itemgetter(0))
        outcomes = tuple(f"{e.kind} {getattr(e, 'item', '')}".strip() for _, e in after if e.decision == decision_id)
        spoken: Literal["en", "zh"] = "zh" if language == "zh" else "en"
        view = self.settings.a_view_is
        return Explanation(decision, told(decision.items, self.state.card, spoken, view), outcomes)

    def catalogue(
        self, *, query: str = "", category: str = "", limit: int = 50, offset: int = 0
    ) -> list[CatalogueItem]:
        """Items that can be had, most wanted first; ``query`` looks for words in the title."""
        self.follower.catch_up(self.now())
        reading = self.state.read("")
        wanted = query.casefold().split()
        popularity = reading.counts["popularity"].at(reading.available, self.now()) if reading.counts else None
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
