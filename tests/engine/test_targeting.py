"""Segments by rules in the engine: they move with events, follow predictions, and decide which shop rules hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from salience.engine import Engine
from salience.events import Consent, Identify, InvalidInput, Item, NotFound, Purchase, RecommendRequest, Traits, View
from salience.prepare.features.predicted import SOURCE
from salience.settings import Settings, load

DAY = 86_400_000
NOW = 1_700_000_000_000


def settings(*segments: dict[str, Any], rules: tuple[dict[str, Any], ...] = ()) -> Settings:
    return msgspec.convert({"segments": segments, "rules": rules, "explore": 0.0}, Settings)


BUYERS = {"name": "buyers", "when": {"op": "did", "what": "purchase", "within_days": 30}}
LEAVING = {"name": "leaving", "when": {"op": "ge", "field": "predicted:churn", "value": 0.5}}
ONLY_BUYERS = {"when": {"op": "eq", "field": "category", "value": "new"}, "pin": 1, "segment": "buyers"}


@pytest.fixture
def engine() -> Iterator[Engine]:
    """Ten things, one of them new and seen by nobody; ann has bought, bob has only looked."""
    with Engine.in_memory(settings(BUYERS, LEAVING, rules=(ONLY_BUYERS,)), clock=lambda: NOW) as made:
        cards = [
            Item(id=f"c{n}", item=f"i{n}", categories=("new" if n == 9 else "old",), time=NOW, received=NOW)
            for n in range(10)
        ]
        looks = [
            View(id=f"v{n}{who}", user=who, item=f"i{n}", time=NOW - DAY, received=NOW)
            for who in ("cyd", "dan")
            for n in range(9)
        ]
        bought = Purchase(id="p", user="ann", item="i0", time=NOW - DAY, received=NOW)
        looked = View(id="q", user="bob", item="i0", time=NOW - DAY, received=NOW)
        made.log.append([*cards, *looks, bought, looked]).result()
        yield made


def first(engine: Engine, user: str, **asked: Any) -> str:
    return engine.recommend(RecommendRequest(user=user, k=3, **asked), preview=True).items[0].item


def test_a_rule_for_a_segment_moves_the_row_of_its_people_alone(engine: Engine) -> None:
    assert first(engine, "ann") == "i9"
    assert first(engine, "bob") != "i9"
    assert first(engine, "ann", personalise=False) != "i9"
    engine.log.append([Consent(id="no", user="ann", purposes={"tag:segment:buyers": False}, received=NOW)]).result()
    assert first(engine, "ann") != "i9"


def test_predictions_are_questions_while_they_count(engine: Engine) -> None:
    told: Traits = {"predicted:churn": 0.8, "predicted:churn:until": NOW + DAY}
    old: Traits = {"predicted:churn": 0.8, "predicted:churn:until": NOW - DAY}
    for user, traits in (("ann", told), ("bob", old)):
        engine.log.append(
            [Identify(id=f"t{user}", user=user, source=SOURCE, traits=traits, time=NOW, received=NOW)]
        ).result()
    assert engine.ruled_segments("ann") == ["buyers", "leaving"]
    assert engine.ruled_segments("bob") == []


def test_an_unknown_segment_names_those_that_exist(engine: Engine) -> None:
    with pytest.raises(NotFound, match="buyers, leaving"):
        engine.audience("kings")


def test_a_rule_for_a_segment_that_does_not_exist_is_refused() -> None:
    text = '[[rules]]\nwhen = {op = "has", field = "sale"}\nboost = 2\nsegment = "kings"\n'
    with pytest.raises(InvalidInput, match=r"rules\[0\].segment = 'kings'"):
        load(text)
