"""Does the moment help to choose? Lifts are counted, weighed on choices they had not seen, dropped if they do not help.

The newest fifth of the choices judges: the algorithm is fitted again on what came before, the lifts are counted there,
and of each person one first choice afterwards is looked for among all items that they had not chosen yet. On half of
these people fields are taken one after another, each with the weight that helps most, while one helps for sure; on the
other half all together must raise NDCG@10 beyond doubt, the interval of the paired difference above 0. Then the lifts
are counted again over everything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy import sparse

from salience.evaluate.intervals import Interval, difference
from salience.events.interactions import Interactions
from salience.models.cold.companions import unit
from salience.models.cold.contexts import Contexts, Field
from salience.models.model import Model

Codes = NDArray[np.int64]
Floats = NDArray[np.float32]
WEIGHTS = (0.01, 0.03, 0.1, 0.3, 1.0)
SURE = 1.96  # standard errors above 0
DRAWN = 10.0  # s: so many people of the average kind stand beside each item's own
JUDGED = 0.2  # share of the choices, the newest
MOST, LEAST = 1000, 50  # people who judge
PEOPLE = 3  # an item that fewer chose in a context is not raised there: they could be one
VALUES = 30  # of a field, the most frequent
K = 10


@dataclass(frozen=True, eq=False)
class Choices:
    """Who chose what when, in the codes of a table of interactions, and in which context.

    ``fields``: name -> (its values, the code of each choice, -1 where it is not known).
    """

    user: Codes
    item: Codes
    time: Codes
    fields: dict[str, tuple[tuple[str, ...], NDArray[np.int32]]]

    def rows(self, keep: NDArray[np.bool_] | Codes) -> Choices:
        """Some of them."""
        fields = {name: (values, codes[keep]) for name, (values, codes) in self.fields.items()}
        return Choices(self.user[keep], self.item[keep], self.time[keep], fields)


class ContextWorth(Struct, frozen=True):
    """What contexts are worth. ``weights``: field -> weight, empty where none helped beyond doubt."""

    choices: int
    judged: int
    weights: dict[str, float]
    gain: Interval | None
    why: str


def contexts(
    data: Interactions, choices: Choices, fit: Callable[[Interactions], Model], *, seed: int = 0
) -> tuple[Contexts | None, ContextWorth]:
    """(lifts with their weights, or None where they do not help; what was found out). ``fit``: the published algorithm
    on other rows of ``data``."""
    size = len(choices.user)
    kept = {name: one for name, one in choices.fields.items() if len(np.unique(one[1][one[1] >= 0])) > 1}
    if not kept or not size:
        return None, ContextWorth(size, 0, {}, None, "no field has two values")
    choices = Choices(choices.user, choices.item, choices.time, kept)
    cut = int(np.quantile(choices.time, 1 - JUDGED))
    asked = _first_choices(choices, data, cut, np.random.default_rng(seed))
    if len(asked.user) < LEAST:
        return None, ContextWorth(size, len(asked.user), {}, None, f"fewer than {LEAST} people to judge by")
    scores, wanted = _asked(fit(data.rows(data.time <= cut)), data, asked, cut)
    before = choices.rows(choices.time <= cut)
    lifts = {name: _lifts(before, name, len(data.items)) for name in kept}
    first = np.arange(len(wanted)) % 2 == 0
    weights = _weighed(scores[first], wanted[first], asked.rows(first), lifts)
    if not weights:
        return None, ContextWorth(size, len(wanted), {}, None, "no field helped for sure")
    theirs = asked.rows(~first)
    told = scores[~first].copy()
    for name, weight in weights.items():
        told += np.float32(weight) * _told(theirs, name, lifts[name])
    gain = difference(_ndcg(told, wanted[~first]), _ndcg(scores[~first], wanted[~first]), seed=seed)
    if gain.low <= 0:
        return None, ContextWorth(size, len(wanted), {}, gain, "no weight helped beyond doubt")
    fields = tuple(_field(choices, name, len(data.items), weight) for name, weight in weights.items())
    return Contexts(fields, size), ContextWorth(size, len(wanted), weights, gain, "it helps")


def _field(choices: Choices, name: str, items: int, weight: float) -> Field:
    values, _ = choices.fields[name]
    return Field(name, values, _lifts(choices, name, items), weight)


def _lifts(choices: Choices, name: str, items: int) -> Floats:
    """(values, items), as in `salience.models.cold.contexts`; a person counts once for an item in a value."""
    values, codes = choices.fields[name]
    known = codes >= 0
    keys = np.stack([choices.user[known], choices.item[known], codes[known].astype(np.int64)])
    _, item, value = np.unique(keys, axis=1)
    there: Any = sparse.coo_array((np.ones(len(item), np.float32), (value, item)), shape=(len(values), items))
    counts = there.toarray()
    total = counts.sum(axis=0)
    share = counts.sum(axis=1, keepdims=True) / max(float(counts.sum()), 1.0)
    ratio = (counts + DRAWN * share) / np.maximum((total + DRAWN) * share, 1e-12)
    lifts = np.log(np.where(share > 0, ratio, 1.0))
    return np.where((counts < PEOPLE) & (lifts > 0), 0.0, lifts).astype(np.float32)


def _first_choices(choices: Choices, data: Interactions, cut: int, rng: np.random.Generator) -> Choices:
    """Of each person with a history one choice after the cut of an item that is new to them; `MOST` at most."""
    items = len(data.items)
    pair = choices.user * items + choices.item
    old = choices.time <= cut
    later = np.flatnonzero(~old & ~np.isin(pair, pair[old]) & np.isin(choices.user, choices.user[old]))
    later = later[np.lexsort((rng.random(len(later)), choices.user[later]))]
    _, first = np.unique(choices.user[later], return_index=True)
    chosen = later[first]
    return choices.rows(np.sort(rng.permutation(chosen)[:MOST]))


def _asked(model: Model, data: Interactions, asked: Choices, cut: int) -> tuple[Floats, Codes]:
    """((people, items) the model's scores moved to [0, 1], what they have already at -inf; the wanted items)."""
    places = np.array([model.items.codes.get(name, -1) for name in data.items.names], np.int64)
    old = data.rows(data.time <= cut)
    histories: Any = old.matrix[asked.user]
    inside = np.flatnonzero(places >= 0)
    turned = np.zeros(len(model.items), np.int64)
    turned[places[inside]] = inside
    found = np.empty((len(asked.user), len(data.items)), np.float32)
    for at in range(0, len(found), 100):
        rows = histories[at : at + 100]
        told = model.score(sparse.csr_array(rows[:, turned]))
        for row, own in enumerate(told, at):
            found[row] = unit(np.where(places >= 0, own[places], own.min()).astype(np.float64))
    rows, columns = histories.nonzero()
    found[rows, columns] = -np.inf
    return found, asked.item


def _weighed(scores: Floats, wanted: Codes, asked: Choices, lifts: dict[str, Floats]) -> dict[str, float]:
    """Forward selection: again and again the field that helps most beside those taken, while one helps for sure."""
    weights: dict[str, float] = {}
    told = {name: _told(asked, name, own) for name, own in lifts.items()}
    while len(weights) < len(told):
        now = _ndcg(scores, wanted)
        tried = {
            (name, weight): _ndcg(scores + np.float32(weight) * own, wanted) - now
            for name, own in told.items() if name not in weights for weight in WEIGHTS
        }  # fmt: skip
        (name, weight), gain = max(tried.items(), key=lambda one: float(one[1].mean()))
        if gain.mean() <= SURE * gain.std() / np.sqrt(len(gain)):
            break
        weights[name] = weight
        scores = scores + np.float32(weight) * told[name]
    return weights


def _told(asked: Choices, name: str, lifts: Floats) -> Floats:
    """(people, items) the lifts of the value that each chose in; 0 where it is not known."""
    codes = asked.fields[name][1]
    return np.asarray(np.where(codes[:, None] >= 0, lifts[codes], np.float32(0)))


def _ndcg(scores: Floats, wanted: Codes) -> NDArray[np.float64]:
    """NDCG@10 of one wanted item each, ties at the middle."""
    own = scores[np.arange(len(wanted)), wanted][:, None]
    rank = 1 + (scores > own).sum(axis=1) + ((scores == own).sum(axis=1) - 1) / 2
    return np.where(rank <= K, 1 / np.log2(1 + rank), 0.0)
