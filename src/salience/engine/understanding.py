"""Understand what is said: reviews, searches and the catalogue as texts; their topics, keywords and sentiment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from msgspec import Struct

from salience.engine.learning import Learning, silent
from salience.events import Message, Rating, Search
from salience.events.fault import InvalidInput
from salience.mine.keywords import Keyword, keywords
from salience.mine.topics import Topic, topics
from salience.models.text import sentiment
from salience.models.text.embedder import TextEmbedder
from salience.models.text.sentiment import Sentiment
from salience.prepare.text import language, plain
from salience.train.bench_cold import cold
from salience.train.bench_outcome import Bench, Outcome
from salience.train.cold_world import ColdWorld

Source: TypeAlias = Literal["reviews", "searches", "catalogue"]
Weights: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float64]]
Progress: TypeAlias = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Said:
    """One text. ``grade``: the writer's rating of the item as a share of its scale, NaN without one."""

    text: str
    item: str = ""
    person: str = ""
    time: int = 0
    grade: float = float("nan")


class TopicReport(Struct, frozen=True):
    """Topics with how pleased their texts sound and which items they are about.

    ``of_items``: each item's main topic; ``of_people``: each writer's, with its share of what they wrote.
    """

    source: str
    texts: int
    languages: dict[str, int]
    topics: tuple[Topic, ...]
    sentiment: tuple[float | None, ...]
    items: tuple[tuple[str, ...], ...]
    examples: tuple[str, ...]
    tried: dict[int, float]
    reason: str
    caution: str
    sentiment_from: str
    of_items: dict[str, str]
    of_people: dict[str, tuple[str, float]]


class Opinion(Struct, frozen=True):
    """How pleased people sound about a group of items, with the mean of their grades where there are any."""

    group: str
    texts: int
    sentiment: float
    pleased: float
    displeased: float
    grade: float | None


class OpinionReport(Struct, frozen=True):
    """Opinions, most texts first, and what the sentiment was learned from. ``of_people``: how pleased each sounds."""

    learned_from: str
    texts: int
    opinions: tuple[Opinion, ...]
    best: str
    worst: str
    of_people: dict[str, float]


class Understanding(Learning):
    """The verbs about texts. Whoever may not be learned from is not read."""

    def said(self, source: Source, progress: Progress = silent) -> list[Said]:
        """The texts of a source, cleaned; empty ones are left out."""
        self.follower.catch_up(self.now())
        if source == "catalogue":
            reading = self.state.read("")
            cards = [(name, reading.cards[code]) for code, name in enumerate(reading.names[: len(reading.cards)])]
            texts = [Said(plain(f"{card.title}. {card.text}"), name, time=card.time) for name, card in cards if card]
            return [one for one in texts if len(one.text) > 2]
        found: list[Said] = []
        grades: dict[tuple[str, str], float] = {}
        allowed: dict[str, bool] = {}
        for chunk in self._chunks(progress):
            for event in chunk:
                if isinstance(event, Rating):
                    grades[event.subject, event.item] = event.share
                    continue
                words = self._words(event, source)
                if words and self._readable(event.subject, allowed):
                    found.append(Said(words, getattr(event, "item", ""), event.subject, event.time))
        return [Said(s.text, s.item, s.person, s.time, grades.get((s.person, s.item), float("nan"))) for s in found]

    def topics(self, source: Source = "reviews", *, k: int | None = None, seed: int = 0) -> TopicReport:
        """What the texts are about."""
        said = self._some(source)
        texts = [one.text for one in said]
        found = topics(texts, k=k, seed=seed)
        pleased = self._sentiment(said)
        main, mood = found.main(), pleased.of(texts) if pleased else None
        items: list[tuple[str, ...]] = []
        mean: list[float | None] = []
        weight: dict[str, Weights] = {}
        people: dict[str, Weights] = {}
        for one, row in zip(said, found.weights, strict=True):
            for of, key in ((weight, one.item), (people, one.person)):
                if key:
                    of[key] = of.get(key, np.zeros(len(found.topics))) + row
        for number in range(len(found.topics)):
            # by its part of what is said of the item, less where little is said: else every topic names the bestsellers
            about = {item: row[number] / np.sqrt(row.sum()) for item, row in weight.items() if row.sum() > 0}
            order = sorted(about, key=lambda item: (-about[item], item))
            items.append(tuple(item for item in order[:5] if weight[item][number] > 0))
            mean.append(
                round(float(mood[main == number].mean()), 3) if mood is not None and (main == number).any() else None
            )
        names = [topic.name for topic in found.topics]
        return TopicReport(
            source, len(said), self._languages(texts), found.topics, tuple(mean), tuple(items),
            tuple(texts[topic.example][:200] for topic in found.topics), found.tried, found.reason, found.caution,
            self._how(pleased),
            {item: names[int(row.argmax())] for item, row in sorted(weight.items()) if row.sum() > 0},
            {who: (names[int(row.argmax())], float(row.max() / row.sum()))
             for who, row in sorted(people.items()) if row.sum() > 0},
        )  # fmt: skip

    def keywords(
        self, source: Source = "reviews", *, by: Literal["category", "item"] = "category", most: int = 8
    ) -> list[Keyword]:
        """What each group of items is said to be, more than the others are."""
        said = [one for one in self._some(source) if one.item]
        groups = [self._groups(one.item, by) for one in said]
        if len({name for own in groups for name in own}) < 2:
            raise InvalidInput("by", by, "gives fewer than two groups to compare", "import items with categories")
        return keywords([one.text for one in said], groups, most=most)

    def opinions(self, *, by: Literal["category", "item"] = "category", least: int = 5) -> OpinionReport:
        """How pleased people sound, by category or item; groups of fewer than ``least`` texts are left out."""
        said = self._some("reviews")
        pleased = self._sentiment(said)
        if pleased is None:
            way = "import ratings of the same people and items, or more reviews"
            raise InvalidInput("reviews", len(said), "hold too little plain praise and blame to learn from", way)
        mood = pleased.of([one.text for one in said])
        groups: dict[str, list[int]] = {}
        for at, one in enumerate(said):
            for name in self._groups(one.item, by) or ("(no item)",):
                groups.setdefault(name, []).append(at)
        found = []
        for name, own in groups.items():
            if len(own) >= least:
                grades = np.array([said[at].grade for at in own])
                known = grades[np.isfinite(grades)]
                found.append(
                    Opinion(
                        group=name,
                        texts=len(own),
                        sentiment=round(float(mood[own].mean()), 3),
                        pleased=round(float((mood[own] > 0.5).mean()), 3),
                        displeased=round(float((mood[own] < -0.5).mean()), 3),
                        grade=round(float(known.mean()), 3) if len(known) else None,
                    )
                )
        found.sort(key=lambda one: (-one.texts, one.group))
        best, worst = said[int(mood.argmax())].text[:200], said[int(mood.argmin())].text[:200]
        moods: dict[str, list[float]] = {}
        for one, value in zip(said, mood.tolist(), strict=True):
            if one.person:
                moods.setdefault(one.person, []).append(value)
        of_people = {who: round(float(np.mean(values)), 3) for who, values in sorted(moods.items())}
        return OpinionReport(self._how(pleased), len(said), tuple(found), best, worst, of_people)

    def cold(self, bench: Bench, *, k: int = 10, seen: int = 0, embedder: TextEmbedder | None = None) -> Outcome:
        """How well new items would be found by what is said of them, and what each kind of content is worth."""
        data, _ = self.interactions(bench.progress)
        cards = [self.state.card(item) for item in data.items.names]
        users, items = data.users.codes, data.items.codes
        said: dict[tuple[int, int], str] = {}
        for one in self.said("reviews", bench.progress):
            if one.person in users and one.item in items:
                key = users[one.person], items[one.item]
                said[key] = f"{said[key]}\n{one.text}" if key in said else one.text
        return cold(ColdWorld(data, cards, said), bench, k=k, seen=seen, embedder=embedder)[0]

    def _some(self, source: Source) -> list[Said]:
        said = self.said(source)
        if not said:
            way = {"reviews": "import events of the kind message", "searches": "import events of the kind search",
                   "catalogue": "salience import items FILE"}[source]  # fmt: skip
            raise InvalidInput("of", source, "there is no such text in the workspace", way)
        return said

    def _words(self, event: object, source: Source) -> str:
        if source == "reviews" and isinstance(event, Message):
            return plain(event.text) if event.text != "[erased]" else ""
        if source == "searches" and isinstance(event, Search):
            return plain(event.query) if event.query != "[erased]" else ""
        return ""

    def _readable(self, person: str, known: dict[str, bool]) -> bool:
        if person not in known:
            known[person] = self.people.may(person, "train").allowed
        return known[person]

    def _groups(self, item: str, by: str) -> tuple[str, ...]:
        if by == "item":
            return (item,) if item else ()
        card = self.state.card(item) if item else None
        return card.categories if card else ()

    @staticmethod
    def _sentiment(said: list[Said]) -> Sentiment | None:
        texts = [one.text for one in said]
        return sentiment.rated(texts, np.array([one.grade for one in said])) or sentiment.seeded(texts)

    @staticmethod
    def _how(pleased: Sentiment | None) -> str:
        if pleased is None:
            return "nothing: too little plain praise and blame"
        named = {"ratings": "texts whose writers graded the item", "seeds": "texts with plain words of praise or blame"}
        return f"{pleased.texts:,} {named[pleased.how]}"

    @staticmethod
    def _languages(texts: list[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for text in texts[:2000]:
            code = language(text).code
            found[code] = found.get(code, 0) + 1
        return dict(sorted(found.items(), key=lambda one: -one[1]))
