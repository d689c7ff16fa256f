"""Do rules of baskets help a row that stands beside a page? Counted, weighed on unseen baskets, dropped if they do not.

The newest fifth of the baskets judges: the algorithm is fitted again on the deeds before them, the rules are counted in
the baskets before them, and of each basket that judges one item is hidden and looked for beside the others. On half of
these baskets the weight is chosen; on the other half it must raise NDCG@10 beyond doubt, the interval of the paired
difference above 0. Then the rules are counted again in all baskets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy import sparse

from salience.evaluate import ties
from salience.evaluate.intervals import Interval, difference
from salience.events.interactions import Interactions, Matrix
from salience.mine.significance import false_discovery, hypergeometric_tail
from salience.models.cold.companions import Companions, unit
from salience.models.model import Model

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]
WEIGHTS = (0.1, 0.3, 1.0, 3.0, 10.0)
JUDGED = 0.2  # share of the baskets, the newest
MOST = 2000  # baskets that judge
LEAST = 50
K = 10
LEAST_COUNT, PEOPLE = 3, 3  # baskets with both sides of a rule, and people who have both
DOUBT = 0.05  # false discoveries among the rules
WIDEST = 100  # items that one item leads to
BLOCK = 4096  # pairs that are looked at together
LARGEST = 1000  # items of a basket: a wholesaler's year would pair everything with everything


@dataclass(frozen=True, eq=False)
class Baskets:
    """``rows``: baskets x the model's items, 1 where the item is in; ``time``: of each basket (ms), ascending;
    ``person``: whose each is."""

    rows: Matrix
    time: Codes
    person: Codes

    def first(self, size: int) -> Baskets:
        """The oldest ``size``."""
        return Baskets(self.rows[:size], self.time[:size], self.person[:size])


class Worth(Struct, frozen=True):
    """What the rules are worth beside a page. ``weight`` 0: they did not help beyond doubt, so they are not used."""

    baskets: int
    rules: int
    judged: int
    weight: float
    gain: Interval | None
    why: str


def companions(
    data: Interactions, baskets: Baskets, fit: Callable[[Interactions], Model], *, seed: int = 0
) -> tuple[Companions | None, Worth]:
    """(rules with their weight, or None where they do not help; what was found out). ``fit``: the published algorithm
    on other rows of ``data``, whose items are the columns of ``baskets``."""
    size = baskets.rows.shape[0]
    judging = np.arange(size - round(JUDGED * size), size)
    asked = judging[np.diff(baskets.rows.indptr)[judging] > 1]
    if len(asked) < LEAST:
        return None, Worth(size, 0, len(asked), 0.0, None, f"fewer than {LEAST} baskets of two items to judge by")
    rng = np.random.default_rng(seed)
    asked = np.sort(rng.permutation(asked)[:MOST])
    cut = int(baskets.time[judging[0]])
    model = fit(data.rows(data.time < cut))
    rules = counted(baskets.first(int(judging[0])))
    pages, hidden = _hidden(baskets.rows[asked], rng)
    places = np.array([model.items.codes.get(name, -1) for name in data.items.names], np.int64)
    values = _judged(model, rules, pages, hidden, places)
    first = np.arange(len(asked)) % 2 == 0
    best = 1 + int(np.argmax(values[1:, first].mean(axis=1)))
    gain = difference(values[best, ~first], values[0, ~first], seed=seed)
    whole = counted(baskets)
    if gain.low <= 0:
        return None, Worth(size, whole.nnz, len(asked), 0.0, gain, "no weight helped beyond doubt")
    weight = WEIGHTS[best - 1]
    return Companions(whole, weight, size), Worth(size, whole.nnz, len(asked), weight, gain, "they help")


def counted(baskets: Baskets) -> Matrix:
    """(items, items) the confidence of each pair that holds beyond chance, the `WIDEST` surest of each item.

    A pair that fewer than `PEOPLE` have is nobody's habit but their own, and may be made up: it is left out.
    """
    small = np.flatnonzero(np.diff(baskets.rows.indptr) <= LARGEST)
    some: Any = baskets.rows[small].astype(np.float64)
    n, items = some.shape
    single = np.asarray(some.sum(axis=0)).ravel().astype(np.int64)
    pairs = sparse.coo_array(some.T @ some)
    half = (pairs.row < pairs.col) & (pairs.data >= LEAST_COUNT)
    left, right, both = (part[half].astype(np.int64) for part in (pairs.row, pairs.col, pairs.data))
    if not len(left):
        return sparse.csr_array((items, items), dtype=np.float32)
    chance = false_discovery(hypergeometric_tail(both, single[left], single[right], n))
    kept = chance <= DOUBT
    kept[kept] = _people(some, baskets.person[small], left[kept], right[kept]) >= PEOPLE
    rows, columns = np.concatenate([left[kept], right[kept]]), np.concatenate([right[kept], left[kept]])
    sure = np.tile(both[kept], 2) / single[rows]
    order = np.lexsort((columns, -sure, rows))
    starts = np.searchsorted(rows[order], rows[order])
    order = order[np.arange(len(order)) - starts < WIDEST]
    made: Any = sparse.csr_array((sure[order].astype(np.float32), (rows[order], columns[order])), shape=(items, items))
    return made  # type: ignore[no-any-return]


def _people(baskets: Any, person: Codes, left: Codes, right: Codes) -> Codes:
    """(pairs,) how many people have both items."""
    who, place = np.unique(person, return_inverse=True)
    ones = (np.ones(len(place)), (place, np.arange(len(place))))
    have: Any = sparse.csr_array(
        (sparse.csr_array(ones, shape=(len(who), len(place))) @ baskets > 0).T, dtype=np.float64
    )
    found = np.zeros(len(left), np.int64)
    for start in range(0, len(left), BLOCK):
        some = slice(start, start + BLOCK)
        found[some] = have[left[some]].multiply(have[right[some]]).sum(axis=1)
    return found


def _hidden(baskets: Matrix, rng: np.random.Generator) -> tuple[list[Codes], Codes]:
    """(the page of each basket, the item that is hidden)."""
    pages, hidden = [], []
    for row in range(baskets.shape[0]):
        own = baskets.indices[baskets.indptr[row] : baskets.indptr[row + 1]].astype(np.int64)
        at = int(rng.integers(len(own)))
        hidden.append(own[at])
        pages.append(np.delete(own, at))
    return pages, np.array(hidden, np.int64)


def _judged(model: Model, rules: Matrix, pages: list[Codes], hidden: Codes, places: Codes) -> Floats:
    """(1 + weights, baskets) NDCG@10 of the hidden item, the model alone first."""
    found = np.zeros((1 + len(WEIGHTS), len(pages)))
    known = Companions(rules, 1.0, 0)
    for at, page in enumerate(pages):
        own = np.sort(places[page][places[page] >= 0])
        row: Any = sparse.csr_array(
            (np.ones(len(own), np.float32), own.astype(np.int32), np.array([0, len(own)], np.int32)),
            shape=(1, len(model.items)),
        )
        told = model.score(row)[0].astype(np.float64)
        scores = unit(np.where(places >= 0, told[places], told.min()))
        beside, wanted = known.beside(page), np.zeros(len(places), bool)
        wanted[hidden[at]] = True
        rows = np.stack([scores, *(scores + weight * beside for weight in WEIGHTS)])
        rows[:, page] = -np.inf
        found[:, at] = ties.ndcg(rows, np.tile(wanted, (len(rows), 1)), K)
    return found
