"""What is each thing that was learned worth in `recommend`? The past is lived again with one of them switched off.

The log is cut at a moment. A workspace in memory gets what had happened until then, mines and trains on that alone, and
answers with the very code that answers requests: once with everything, once without each source. People are asked for
what they chose for the first time afterwards, later baskets for one item that was hidden from them. What people
searched for, wrote or said of themselves between the cut and their first choice is known, as it would have been.

Cards are those of today, less what was learned of texts since; colours and looks of pictures tell nothing of people.

The minutes are for all of it: a quarter to learn what comes next, a quarter to train, what is left (a quarter at least)
to answer, shared evenly among the sources. Questions lie in random order, so where the time of a source is over, it is
judged on those that were answered.
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
SHARE = 0.25  # of the minutes: what comes next, training, and at least the answers
ROUND = 20  # questions of a kind between two looks at the clock
PICTURES = ("colour", "look")
SAID = (Search, Message, Identify, Consent)
Way: TypeAlias = Callable[[Snapshot], Snapshot]


class Ablating(Understanding, Predicting, Mining, Recommending, Insights):
    """The verb that switches things off."""

    def ablate(self, bench: Bench, *, fraction: float = 0.2, k: int = 10) -> Ablation:
        """``fraction``: share of the deeds, the newest, that are asked for. `InvalidInput` for too little to ask."""
        began = bench.clock()
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
            bench.progress("live the past again", 0, 1)
            self._told_the_past(past, cut, people)
            missing = _learned_again(past, bench)
            whole = past.snapshot
            ways = _ways(past)
            left = max(bench.minutes * 60 - (bench.clock() - began), SHARE * bench.minutes * 60)
            asking = _Asking(past, asked, bench, bench.clock() + left)
            full, rungs = asking.answers("with everything", whole, len(ways) + 1)
            found: dict[str, list[Ablated]] = {name: [] for name, questions in asked.items() if questions}
            for n, (source, way) in enumerate(ways.items()):
                rows, _ = asking.answers(f"without {source}", way(whole), len(ways) - n)
                for name, kept in found.items():
                    both = min(len(full[name]), len(rows[name]))
                    some, ours, theirs = asked[name][:both], full[name][:both], rows[name][:both]
                    kept.append(ablated(source, some, ours, theirs, k, bench.seed))
        means = {
            name: intervals.mean(ndcg_of(asked[name][: len(full[name])], full[name], k), seed=bench.seed)
            for name in found
        }
        sizes = {name: len(full[name]) for name in asked}
        return Ablation(
            cut=cut, k=k, asked=sizes, rungs=rungs, whole=means, people=tuple(found["people"]),
            pages=tuple(found.get("pages", ())), not_learned=missing, complete=asking.complete,
        )  # fmt: skip

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
        past.predict("next", bench.meter, minutes=SHARE * bench.minutes, seed=bench.seed, publish=True)

    missing: dict[str, str] = {}
    for name, learn in (("topic", topics), ("sentiment", sentiment), (NEXT, expected)):
        if name in used:
            bench.progress(f"learn {name}", 0, 1)
            try:
                learn()
            except InvalidInput as error:
                missing[name] = str(error)
    past.train(minutes=SHARE * bench.minutes, seed=bench.seed, progress=bench.progress)
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


class _Asking:
    """Asks the same questions again and again, as long as there is time; ``complete`` if there always was."""

    def __init__(self, past: Ablating, asked: dict[str, list[Question]], bench: Bench, end: float) -> None:
        self.past, self.asked, self.bench, self.end = past, asked, bench, end
        self.complete = True

    def answers(self, title: str, snapshot: Snapshot, waiting: int) -> tuple[dict[str, list[Row]], dict[str, int]]:
        """(the rows of the first questions of each kind, the rungs that answered people), in its part of the time for
        ``waiting`` ways. A shelf is made anew: another's cards differ."""
        self.past.snapshot = replace(snapshot, _shelf={})
        until = self.bench.clock() + (self.end - self.bench.clock()) / waiting
        rows: dict[str, list[Row]] = {name: [] for name in self.asked}
        rungs: dict[str, int] = {}
        most = max(map(len, self.asked.values()))
        for begin in range(0, most, ROUND):
            self.bench.progress(title, begin, most)
            if begin and self.bench.clock() >= until:
                self.complete = False
                break
            for name, questions in self.asked.items():
                for one in questions[begin : begin + ROUND]:
                    answer = self.past.recommend(one.request, preview=True)
                    rows[name].append(tuple(item.item for item in answer.items))
                    if name == "people":
                        rungs[answer.rung] = rungs.get(answer.rung, 0) + 1
        self.bench.progress(title, most, most)
        return rows, rungs
