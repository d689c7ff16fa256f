"""What is each thing that was learned worth in `recommend`? The past is lived again with one of them switched off.

The log is cut at a moment. A workspace in memory gets what had happened until then, mines and trains on that alone, and
answers with the very code that answers requests: once with everything, once without each source. People are asked for
what they chose for the first time afterwards, later baskets for one item that was hidden from them. What people
searched for, wrote or said of themselves between the cut and their first choice is known, as it would have been.

Cards are those of today, less what was learned of texts since; colours and looks of pictures tell nothing of people.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from msgspec import structs

from salience.engine.asking import baskets_asked, first_choices, people_asked
from salience.engine.contexts import choices_of
from salience.engine.insights import Insights
from salience.engine.learning import silent
from salience.engine.mining import Mining
from salience.engine.pairing import baskets_of
from salience.engine.predicting import Predicting
from salience.engine.recommending import Recommending
from salience.engine.understanding import Understanding
from salience.evaluate import intervals
from salience.evaluate.ablation import Ablated, Ablation, Question, Row, ablated, ndcg_of
from salience.events import AnyEvent, Consent, Decision, Identify, InvalidInput, Item, Message, Search
from salience.events.insights import INTERESTS, LEARNED, NEXT, field_of, without_learned
from salience.models.cold import cold_items
from salience.recommend import Snapshot
from salience.train.bench_outcome import Bench

LEAST = 20  # people, and baskets, that make a figure
PICTURES = ("colour", "look")
SAID = (Search, Message, Identify, Consent)
Way: TypeAlias = Callable[[Snapshot], Snapshot]


class Ablating(Understanding, Predicting, Mining, Recommending, Insights):
    """The verb that switches things off."""

    def ablate(self, bench: Bench, *, fraction: float = 0.2, k: int = 10) -> Ablation:
        """``fraction``: share of the deeds, the newest, that are asked for. `InvalidInput` for too little to ask."""
        data, _ = self.interactions(bench.progress)
        if len(data) < LEAST:
            raise InvalidInput("interactions", len(data), "are too few to cut in two", "collect for longer")
        cut = int(np.quantile(data.time, 1 - fraction))
        did = self.deeds()
        people = people_asked(data, choices_of(did, data, self.settings), cut, k, bench.seed)
        if len(people) < LEAST:
            rule = f"leaves only {len(people)} people who chose something new afterwards"
            raise InvalidInput("fraction", fraction, rule, "collect for longer, or hold out more")
        pages = baskets_asked(baskets_of(did, data), data, cut, k, bench.seed)
        asked = {"people": people, "pages": pages if len(pages) >= LEAST else []}
        settings = structs.replace(self.settings, explore=0.0, log_url="")
        with type(self).in_memory(settings, clock=lambda: cut) as past:
            self._told_the_past(past, cut, people)
            missing = _learned_again(past, bench)
            whole = past.snapshot
            ways = _ways(past)
            full, rungs = _answers(past, whole, asked)
            found: dict[str, list[Ablated]] = {name: [] for name, questions in asked.items() if questions}
            for n, (source, way) in enumerate(ways.items()):
                bench.progress(f"without {source}", n, len(ways))
                rows, _ = _answers(past, way(whole), asked)
                for name, kept in found.items():
                    kept.append(ablated(source, asked[name], full[name], rows[name], k, bench.seed))
        means = {name: intervals.mean(ndcg_of(asked[name], full[name], k), seed=bench.seed) for name in found}
        sizes = {name: len(questions) for name, questions in asked.items()}
        return Ablation(cut, k, sizes, rungs, means, tuple(found["people"]), tuple(found.get("pages", ())), missing)

    def _told_the_past(self, past: Ablating, cut: int, people: Sequence[Question]) -> None:
        """The cards, everything until the cut, and what those who are asked said before they chose."""
        first = first_choices(self.interactions()[0], cut)
        before = {one.request.subject: first[one.request.subject] for one in people}
        past.log.append(_cards(self, cut)).result()
        for chunk in self._chunks(silent):
            kept = [
                event for event in chunk
                if not isinstance(event, Item | Decision)
                and (event.time <= cut or (isinstance(event, SAID) and event.time < before.get(event.subject, 0)))
            ]  # fmt: skip
            if kept:
                past.log.append(kept).result()
        past.follower.catch_up(cut)


def _cards(now: Ablating, cut: int) -> list[AnyEvent]:
    """Today's cards as of the cut, less what was learned of texts."""
    found: list[AnyEvent] = []
    for n, name in enumerate(now.state.items()):
        own = without_learned(now.state.card(name), PICTURES)
        if own is not None:
            when = min(own.time or cut, cut)
            found.append(structs.replace(own, id=f"card-{n}", time=when, received=when))
    return found


def _learned_again(past: Ablating, bench: Bench) -> dict[str, str]:
    """Mine and train; what could not be learned, and why."""
    used = past.settings.use_learned

    def topics() -> None:
        found = past.topics("reviews", seed=bench.seed)
        past.keep_learned("topic", found.of_items)
        if INTERESTS in used:
            mains = {who: topic for who, (topic, _) in found.of_people.items()}
            past.tell("interest", mains, shares={who: share for who, (_, share) in found.of_people.items()})

    def sentiment() -> None:
        past.keep_learned("sentiment", {one.group: one.sentiment for one in past.opinions(by="item").opinions})

    def expected() -> None:
        past.predict("next", bench.meter, minutes=bench.minutes, seed=bench.seed, publish=True)

    missing: dict[str, str] = {}
    for name, learn in (("topic", topics), ("sentiment", sentiment), (NEXT, expected)):
        if name in used:
            bench.progress(f"learn {name}", 0, 1)
            try:
                learn()
            except InvalidInput as error:
                missing[name] = str(error)
    past.train(minutes=bench.minutes, seed=bench.seed, progress=bench.progress)
    return missing


def _ways(past: Ablating) -> dict[str, Way]:
    """Source -> what it takes away."""
    found: dict[str, Way] = {
        "the recommender": lambda one: replace(one, model=None, version="", codes=np.empty(0, np.int64)),
        "cards of new items": lambda one: replace(one, cold=None),
        "traits of people": lambda one: replace(one, crowds=None),
    }
    if past.settings.rules:
        found["the shop's rules"] = lambda one: replace(one, rules=())
    used = past.settings.use_learned
    return found | {name: _without(past, name, tuple(other for other in used if other != name)) for name in used}


def _without(past: Ablating, name: str, rest: tuple[str, ...]) -> Way:
    """Without what was learned under a name; a field of the cards is also taken out of the mapping of new items."""
    data, _ = past.interactions()
    cards = [past.state.card(item) for item in data.items.names]
    model = past.snapshot.model
    if model is None or name not in LEARNED or not any(c and field_of(name) in c.attributes for c in cards):
        return lambda one: replace(one, learned=rest)
    cold = cold_items.fit(model, data, [without_learned(card, rest) for card in cards], seed=0)
    return lambda one: replace(one, learned=rest, cold=cold)


def _answers(
    past: Ablating, snapshot: Snapshot, asked: dict[str, list[Question]]
) -> tuple[dict[str, list[Row]], dict[str, int]]:
    """(the row of each question, the rungs that answered people). A shelf is made anew: another's cards differ."""
    past.snapshot = replace(snapshot, _shelf={})
    rows: dict[str, list[Row]] = {}
    rungs: dict[str, int] = {}
    for name, questions in asked.items():
        rows[name] = []
        for one in questions:
            answer = past.recommend(one.request, preview=True)
            rows[name].append(tuple(item.item for item in answer.items))
            if name == "people":
                rungs[answer.rung] = rungs.get(answer.rung, 0) + 1
    return rows, rungs
