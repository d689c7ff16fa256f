"""Every feature, written from real events and read back through real state."""

from typing import Any, get_args

import msgspec
import numpy as np
import pytest

from salience.events import AnyEvent, Click, Consent, Identify, Impression, Item, Purchase, Rating
from salience.events.kinds import Event
from salience.events.write import Append, Increment, Merge, Put, Seen
from salience.prepare import FEATURES, fold
from salience.store.state import State

EVENTS: list[AnyEvent] = [
    Item(id="i1", item="tea", title="Tea", time=1),
    Item(id="i2", item="milk", title="Milk", time=1, available=False),
    Purchase(id="p1", user="ann", item="tea", time=2, received=3),
    Consent(id="c1", user="bob", purposes={"personalisation": False}, received=4),
    Identify(id="n1", user="ann", traits={"city": "Bern"}, received=5),
]


def values(subject: str) -> dict[str, list[float]]:
    state = State()
    state.apply([write for event in EVENTS for write in fold(event)], as_of=len(EVENTS))
    reading = state.read(subject)
    items = np.arange(len(reading.names))
    return {feature.name: feature.value(reading, items, 2).tolist() for feature in FEATURES}


def test_what_is_written_is_what_is_read() -> None:
    assert values("ann") == {
        "searched": [0.0, 0.0],
        "available": [1.0, 0.0],
        "seen": [1.0, 0.0],
        "popularity": [1.0, 0.0],
        "traits": [1.0, 1.0],
        "predicted": [0.0, 0.0],
        "interest": [0.0, 0.0],
    }
    assert values("bob")["traits"] == [0.0, 0.0]
    assert values("nobody")["seen"] == [0.0, 0.0]


def test_the_worst_grade_is_seen_but_not_wanted() -> None:
    writes = fold(Rating(id="r", user="ann", item="tea", value=1, time=5, received=6))
    assert writes == [Append("ann", "tea", 0.0, 5, 6, "rating"), Seen("ann", 6)]
    assert fold(Rating(id="r", user="ann", item="tea", value=9)) == [Seen("ann", 0)]


def test_impressions_write_only_that_somebody_was_heard_of() -> None:
    assert fold(Impression(id="m", user="ann", item="tea", visible_ms=900)) == [Seen("ann", 0)]
    assert fold(Item(id="i", item="tea", user="shop"))[1:] == []


def test_a_machine_has_a_history_of_its_own_and_counts_for_nobody_else() -> None:
    writes = fold(Click(id="c", user="ann", item="tea", context={"bot": True}))
    assert writes == [Append("ann", "tea", 0.5, 0, 0, "click"), Seen("ann", 0)]


def test_a_click_writes_history_and_popularity() -> None:
    history, popularity, seen = fold(Click(id="c", user="ann", item="tea", time=5, received=6))
    assert history == Append("ann", "tea", 0.5, 5, 6, "click")
    assert isinstance(popularity, Increment)
    assert popularity.by == 0.5
    assert seen == Seen("ann", 6)


def test_signing_in_brings_the_anonymous_history_along() -> None:
    writes = fold(Identify(id="n", user="ann", anonymous="phone", traits={"age": 30}, time=7))
    assert writes == [Merge("anon:phone", "ann", "n", 7), Seen("ann", 0), Put("person", "ann", "trait:age", 30, 7)]


TRIED: tuple[Any, ...] = ("define", "online", "model", 1, [], ["tea"], {}, {"tea": 1.0})


def some(kind: type[Event]) -> Event:
    """An event of this kind, with whatever its fields take."""
    told: dict[str, Any] = {"user": "ann", "traits": {"predicted:x": "tea"}, "purposes": {"personalisation": True}}
    tried = {field.name: iter(TRIED) for field in msgspec.structs.fields(kind) if field.required}
    told = {name: value for name, value in told.items() if name in kind.__struct_fields__}
    told |= {name: next(values) for name, values in tried.items()}
    while True:
        try:
            return msgspec.convert(told, kind)
        except msgspec.ValidationError as error:
            name = str(error).rpartition("$.")[2].partition("`")[0].partition("[")[0]
            told[name] = next(tried[name])


@pytest.mark.parametrize("kind", get_args(AnyEvent))
def test_a_feature_is_asked_of_every_kind_that_it_writes_for(kind: type[Event]) -> None:
    event: AnyEvent = some(kind)  # type: ignore[assignment]
    predicted = msgspec.structs.replace(event, source="salience:predict")
    for feature in FEATURES:
        assert kind in feature.kinds or not [*feature.writes(event), *feature.writes(predicted)]
