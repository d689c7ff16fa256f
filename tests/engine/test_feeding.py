"""What was mined feeds forward: rules beside a page, interests in rows and segments; consent, freshness, switches."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from salience.engine import Engine, pairing
from salience.events import AnyEvent, Consent, Item, Message, Purchase, RecommendRequest, Search, View
from salience.settings import Settings

DAY = 86_400_000
NOW = 1_700_000_000_000
PAIRS, PEOPLE = 30, 60
USED = ("topic", "searches", "interests", "next")


def orders(count: int = 1500) -> list[AnyEvent]:
    """Orders of two items each by people who sooner or later buy half of everything, so their histories tell little;
    in an order the even item goes with the odd one after it."""
    rng = np.random.default_rng(0)
    found: list[AnyEvent] = []
    for n in range(count):
        first = int(rng.integers(2 * PAIRS))
        second = first ^ 1 if rng.random() < 0.7 else int(rng.integers(2 * PAIRS))
        time = NOW - (count - n) * 3_600_000
        found += [
            Purchase(id=f"p{n}-{item}", user=f"u{n % PEOPLE}", item=f"i{item:02}", order=f"o{n}", price=1.0, time=time,
                     received=time)
            for item in sorted({first, second})
        ]  # fmt: skip
    return found


def shop(**settings: Any) -> Engine:
    made = msgspec.convert({"explore": 0.0, **settings}, Settings)
    return Engine.in_memory(made, clock=lambda: NOW)


def test_rules_of_baskets_answer_beside_a_page_and_can_be_switched_off() -> None:
    with shop() as engine:
        engine.log.append(orders()).result()
        card = engine.train(minutes=0.05).card
        assert card.rules is not None
        assert card.rules.weight > 0
        told = engine.recommend(RecommendRequest(k=3, items=("i04",)), preview=True).items[0]
        assert (told.item, told.reason.code, told.reason.because_items) == ("i05", "together", ("i04",))
        assert told.reason.text == f"In {told.reason.group} of the baskets with i04"
        assert 0.5 < float(told.reason.group.rstrip("%")) / 100 < 0.85
        assert engine.recommend(RecommendRequest(k=3), preview=True).items[0].reason.code == "popular"
        version = engine.snapshot.version
        engine.snapshot = engine._published()  # what is on disk says the same
        assert engine.snapshot.version == version
        assert engine.recommend(RecommendRequest(k=1, items=("i08",)), preview=True).items[0].item == "i09"
    with shop(use_learned=USED) as engine:
        engine.log.append(orders()).result()
        assert engine.train(minutes=0.05).card.rules is None
        told = engine.recommend(RecommendRequest(k=3, items=("i04",)), preview=True).items[0]
        assert told.reason.code != "together"


def test_who_may_not_be_learned_from_is_in_no_rule() -> None:
    with shop() as engine:
        no = [
            Consent(id=f"c{n}", user=f"u{n}", purposes={"personalisation": False, "training": False}, received=NOW)
            for n in range(PEOPLE)
        ]
        left = [View(id=f"v{n}", user=f"x{n % 9}", item=f"i{n % 12:02}", time=NOW - n, received=NOW) for n in range(60)]
        engine.log.append([*orders(), *no, *left]).result()
        rules = engine.train(minutes=0.05).card.rules
        assert rules is not None
        assert rules.rules == 0


WORDS = (
    ["strings", "guitar", "tuning", "neck", "fret", "bridge", "pickup", "pegs", "chord", "strum"],
    ["drum", "sticks", "cymbals", "kit", "snare", "pedal", "bass", "hihat", "beat", "shell"],
)


def talk() -> list[AnyEvent]:
    """Items about two things; people who write about one of them, and views that make the others popular."""
    rng = np.random.default_rng(1)
    cards = [Item(id=f"c{n}", item=f"t{n}", title=f"Thing {n}", time=NOW - 9 * DAY, received=NOW) for n in range(8)]
    said = [
        Message(id=f"m{n}", user=f"w{n % 20}", item=f"t{n % 8}", text=" ".join(rng.choice(WORDS[n % 2], 6)),
                time=NOW - DAY, received=NOW)
        for n in range(120)
    ]  # fmt: skip
    looks = [View(id=f"v{n}", user=f"l{n}", item=f"t{n % 8}", time=NOW - DAY, received=NOW) for n in range(80)]
    return [*cards, *said, *looks]


def interest(engine: Engine) -> str:
    found = engine.topics("reviews", k=2)
    engine.keep_learned("topic", found.of_items)
    mains = {who: topic for who, (topic, _) in found.of_people.items()}
    assert engine.tell("interest", mains, shares={who: part for who, (_, part) in found.of_people.items()}) == 20
    return mains["w1"]


def test_an_interest_lifts_its_topic_gives_the_reason_and_is_a_question_of_segments() -> None:
    with shop() as engine:
        engine.log.append(talk()).result()
        topic = interest(engine)
        rows = engine.recommend(RecommendRequest(user="w1", k=8), preview=True)
        assert rows.rung == "popular"
        first = [one.reason for one in rows.items[:4]]
        assert {one.code for one in first} == {"interest"}
        assert first[0].text == f"About {topic}, which you are interested in"
        assert {one.reason.code for one in rows.items[4:]} == {"popular"}
        plain = engine.recommend(RecommendRequest(user="w1", k=8, personalise=False), preview=True)
        assert {one.reason.code for one in plain.items} == {"popular"}
        engine.log.append([Consent(id="no", user="w1", purposes={"personalisation": False}, received=NOW)]).result()
        refused = engine.recommend(RecommendRequest(user="w1", k=8), preview=True)
        assert {one.reason.code for one in refused.items} == {"popular"}


def test_an_interest_ends_and_can_be_switched_off() -> None:
    clock = [NOW]
    with Engine.in_memory(Settings(explore=0.0), clock=lambda: clock[0]) as engine:
        engine.log.append(talk()).result()
        interest(engine)
        clock[0] = NOW + 31 * DAY
        told = engine.recommend(RecommendRequest(user="w1", k=8), preview=True)
        assert {one.reason.code for one in told.items} == {"popular"}
    with shop(use_learned=("topic", "rules")) as engine:
        engine.log.append(talk()).result()
        interest(engine)
        told = engine.recommend(RecommendRequest(user="w1", k=8), preview=True)
        assert {one.reason.code for one in told.items} == {"popular"}


def test_segments_ask_about_interest_mood_and_value() -> None:
    asked = [
        {"name": name, "when": {"op": op, "field": f"predicted:{name}", "value": value}}
        for name, op, value in (("interest", "eq", "drums"), ("mood", "lt", 0), ("value", "ge", 100))
    ]
    with shop(segments=asked) as engine:
        engine.log.append([Search(id="s", user="ann", query="x", time=NOW, received=NOW)]).result()
        assert engine.ruled_segments("ann") == []
        engine.tell("interest", {"ann": "drums"}, shares={"ann": 0.5})
        engine.tell("mood", {"ann": -0.4})
        engine.tell("value", {"ann": 250.0})
        assert engine.ruled_segments("ann") == ["interest", "mood", "value"]
        engine.log.append([Consent(id="no", user="ann", purposes={"profiling": False}, received=NOW + 1)]).result()


def test_of_one_person_the_newest_baskets_count() -> None:
    order, person = np.array([3, 0, 1, 2, 4]), np.array([0, 0, 1, 0, 1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairing, "OF_ONE", 2)
        assert pairing._newest(order, person).tolist() == [0, 1, 2, 4]
