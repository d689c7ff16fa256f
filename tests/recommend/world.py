"""A shop small enough to check by eye: two teas, two breads, and a model that knows which goes with which."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from salience.events import AnyEvent, Click, Item, Purchase
from salience.events.interactions import IdMap, Matrix
from salience.models.model import Arrays, Floats, Model, People
from salience.optimise import Thompson
from salience.prepare import fold
from salience.recommend import Snapshot
from salience.store.state import State

ITEMS = ("green", "black", "rye", "wheat")
GOES_WITH = np.array([[0, 4, 1, 0], [4, 0, 0, 1], [1, 0, 0, 4], [-2, 1, 4, 0]], dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Table(Model):
    """Scores are sums over a table that is written down above."""

    kind = "table"

    def score(self, histories: Matrix) -> Floats:
        return np.asarray(histories @ GOES_WITH)

    def contributions(self, history: Matrix, item: int) -> Floats:
        return np.asarray(history.data * GOES_WITH[history.indices, item], dtype=np.float32)

    def arrays(self) -> Arrays:
        return {}

    @classmethod
    def from_arrays(cls, items: IdMap, arrays: Mapping[str, NDArray[Any]], *, people: People | None = None) -> "Table":
        return cls(items, people=people)


EVENTS: list[AnyEvent] = [
    Item(id="i1", item="green", title="Green tea", categories=("tea",), time=1),
    Item(id="i2", item="black", title="Black tea", categories=("tea",), time=1),
    Item(id="i3", item="rye", title="Rye bread", categories=("bread",), time=1),
    Item(id="i4", item="wheat", title="Wheat bread", categories=("bread",), time=1),
    Item(id="i5", item="spelt", title="Spelt bread", categories=("bread",), time=1),
    Purchase(id="p1", user="eve", item="wheat", time=2, received=2),
    Purchase(id="p2", user="fay", item="wheat", time=2, received=2),
    Purchase(id="p3", user="eve", item="rye", time=2, received=2),
    Purchase(id="p4", user="ann", item="green", time=3, received=3),
    Click(id="p5", user="ann", item="wheat", time=4, received=4),
]


def state(events: list[AnyEvent] | None = None) -> State:
    made = State()
    chosen = EVENTS if events is None else events
    made.apply([write for event in chosen for write in fold(event)], as_of=len(chosen))
    return made


def snapshot(of: State, *, explore: float = 0.0) -> Snapshot:
    return Snapshot(Table(IdMap(ITEMS)), "v1", of.adopt(ITEMS), Thompson(floor=0.05), explore)
