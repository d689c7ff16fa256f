"""Hold out a part of the interactions, so that a model is judged by what it could not see. Five ways, each its use.

`newest_fraction` (the usual one) asks "what does each person do next?"; `global_cut` asks what a live system faces: one
moment, everything after it unseen, new people included; `leave_last_out` is `newest_fraction` with one row a person;
`leave_users_out` asks how people are served whom the model was not fitted on;
`random_fraction` looks into the future and is only for data without times.

Rows of equal time are ordered by a fixed pseudo-random order of their items (`topk.tie_order`), never by file order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from salience.events.fault import InvalidInput
from salience.events.interactions import Interactions
from salience.models.topk import tie_order

Mask: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True)
class Split:
    """Two disjoint parts over the same ids. ``rule`` says in words how they were cut."""

    train: Interactions
    test: Interactions
    rule: str
    known: Interactions | None = None
    """What the judged people are asked with; None: what they did in ``train``."""


def newest_fraction(data: Interactions, fraction: float = 0.2) -> Split:
    """Each person's newest rows are the test: floor(n x fraction) of n, at least one where there are two or more.

    >>> rows = [("ann", item, 1.0, time) for time, item in enumerate("abcde")] + [("bob", "a", 1.0, 9)]
    >>> split = newest_fraction(Interactions.from_rows(rows), 0.4)
    >>> [split.test.items.names[code] for code in split.test.item]  # bob has one row: nothing to hold out
    ['d', 'e']
    """
    _check(data, fraction)
    rows_per_user = np.bincount(data.user, minlength=len(data.users))
    held = np.floor(rows_per_user * fraction + 1e-9).astype(np.int64)
    held[rows_per_user > 1] = np.maximum(held[rows_per_user > 1], 1)
    newest_first = rows_per_user[data.user] - 1 - place_in_history(data)
    return _cut(data, newest_first < held[data.user], f"each person's newest {fraction:.0%} held out")


def global_cut(data: Interactions, fraction: float = 0.2) -> Split:
    """Everything from one moment on is the test: the moment is that of the row which starts the newest ``fraction``.

    Rows of that very moment are all tested, so the test part may be larger than asked for; if the moment is the very
    first of the data, the next one is taken, so that something is left to learn from.

    >>> rows = [("ann", "a", 1.0, 1), ("ann", "b", 1.0, 2), ("bob", "a", 1.0, 3), ("bob", "b", 1.0, 3)]
    >>> split = global_cut(Interactions.from_rows(rows), 0.25)
    >>> len(split.train), len(split.test)
    (2, 2)
    """
    _check(data, fraction)
    place = min(len(data) - 1, int(np.ceil(len(data) * (1 - fraction) - 1e-9)))
    moment = np.partition(data.time, place)[place]
    if moment == data.time.min():
        later = data.time[data.time > moment]
        if not len(later):
            raise InvalidInput("time", int(moment), "all rows have one time", 'use split="random", or pass the times')
        moment = later.min()
    return _cut(data, data.time >= moment, f"everything after one moment held out, the newest {fraction:.0%}")


def leave_last_out(data: Interactions) -> Split:
    """Each person's newest row is the test; people with a single row keep it for training."""
    rows_per_user = np.bincount(data.user, minlength=len(data.users))[data.user]
    last = (place_in_history(data) == rows_per_user - 1) & (rows_per_user > 1)
    return _cut(data, last, "each person's newest interaction held out")


def random_fraction(data: Interactions, fraction: float = 0.2, *, seed: int = 0) -> Split:
    """Rows drawn at random, all alike."""
    _check(data, fraction)
    held = np.zeros(len(data), dtype=bool)
    held[np.random.default_rng(seed).permutation(len(data))[: int(len(data) * fraction)]] = True
    return _cut(data, held, f"{fraction:.0%} of the rows held out at random")


def leave_users_out(data: Interactions, fraction: float = 0.2, *, seed: int = 0) -> Split:
    """People drawn at random are strangers to the model: their newest interaction is the test, the rest their history.

    The training part has nothing of theirs; `Split.known` is what they are asked with.
    """
    _check(data, fraction)
    people = np.flatnonzero(np.bincount(data.user, minlength=len(data.users)) > 1)
    drawn = np.random.default_rng(seed).permutation(people)[: max(1, int(len(people) * fraction))]
    theirs = np.isin(data.user, drawn)
    size = np.bincount(data.user, minlength=len(data.users))[data.user]
    last = theirs & (place_in_history(data) == size - 1)
    rule = f"the newest interaction of {fraction:.0%} of the people, of whom the training part has nothing"
    return Split(data.rows(~theirs), data.rows(last), rule, data.rows(theirs & ~last))


Splitter: TypeAlias = Callable[[Interactions, float, int], Split]
SPLITS: dict[str, Splitter] = {
    "user-time": lambda data, fraction, _: newest_fraction(data, fraction),
    "time": lambda data, fraction, _: global_cut(data, fraction),
    "last": lambda data, _, __: leave_last_out(data),
    "random": lambda data, fraction, seed: random_fraction(data, fraction, seed=seed),
}
"""The splits by the names that commands and settings use."""


def split_by(name: str, data: Interactions, fraction: float = 0.2, seed: int = 0) -> Split:
    """The split called ``name``."""
    if name not in SPLITS:
        raise InvalidInput("split", name, f"must be one of {', '.join(SPLITS)}")
    return SPLITS[name](data, fraction, seed)


def place_in_history(data: Interactions) -> NDArray[np.int64]:
    """For each row its place in its person's history, oldest = 0; equal times in the fixed order of their items."""
    place_of_item = np.empty(len(data.items), dtype=np.int64)
    place_of_item[tie_order(len(data.items))] = np.arange(len(data.items))
    order = np.lexsort((place_of_item[data.item], data.time, data.user))
    rows_per_user = np.bincount(data.user, minlength=len(data.users))
    start = np.cumsum(rows_per_user) - rows_per_user
    place = np.empty(len(data), dtype=np.int64)
    place[order] = np.arange(len(data)) - start[data.user[order]]
    return place


def _check(data: Interactions, fraction: float) -> None:
    if not 0 < fraction < 1:
        raise InvalidInput("fraction", fraction, "must be between 0 and 1, both excluded")
    if not len(data):
        raise InvalidInput("data", 0, "has no rows to split")


def _cut(data: Interactions, test: Mask, rule: str) -> Split:
    return Split(data.rows(~test), data.rows(test), rule)
