"""What is wanted together: the baskets of the log as a model's items, and whether their rules help beside a page."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.interactions import IdMap, Interactions
from salience.models.cold.companions import Companions
from salience.prepare.deeds import Deeds
from salience.train.card import Card
from salience.train.companions import LEAST, Baskets, Worth, companions
from salience.train.tuning import refit

OF_ONE = 20  # baskets of one person that count, the newest


def paired(did: Deeds, data: Interactions, card: Card, *, seed: int = 0) -> tuple[Companions | None, Worth]:
    """Rules over the items of ``data``, weighed beside the published algorithm; only people of ``data`` are counted."""
    baskets = baskets_of(did, data)
    return companions(data, baskets, lambda rows: refit(card.algorithm, card.settings, rows, seed=seed), seed=seed)


def baskets_of(did: Deeds, data: Interactions) -> Baskets:
    """Orders, if enough of them hold two items, else visits; in time order, with the columns of ``data``.

    Only deeds whose person and item are in ``data`` together: what is left out there counts here no more.
    """
    known = did.where(in_both(did, data)[0])
    made = _baskets(known, "order", data.items)
    return made if (np.diff(made.rows.indptr) > 1).sum() >= 5 * LEAST else _baskets(known, "visit", data.items)


def in_both(did: Deeds, data: Interactions) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]:
    """(the deeds whose person and item are in ``data`` together, each deed's person there, its item there)."""
    users, items = (
        np.array([known.codes.get(name, -1) for name in names], np.int64)
        for known, names in ((data.users, did.users.names), (data.items, did.items.names))
    )
    item = did.columns["item"].astype(np.int64)
    user, item = users[did.columns["user"]], np.where(item >= 0, items[item], -1)
    pairs = data.user.astype(np.int64) * len(data.items) + data.item
    return (user >= 0) & (item >= 0) & np.isin(user * len(data.items) + item, pairs), user, item


def _baskets(did: Deeds, by: str, items: IdMap) -> Baskets:
    rows, basket = did.grouped(by)
    place = np.array([items.codes.get(name, -1) for name in did.items.names], np.int64)
    item, time = place[did.columns["item"][rows]], did.columns["time"][rows]
    size = int(basket.max(initial=-1)) + 1
    began, person = np.full(size, np.iinfo(np.int64).max), np.zeros(size, np.int64)
    np.minimum.at(began, basket, time)
    person[basket] = did.columns["user"][rows]
    order = _newest(np.argsort(began, kind="stable"), person)
    rank = np.full(size, -1, np.int64)
    rank[order] = np.arange(len(order))
    there = (item >= 0) & (rank[basket] >= 0)
    made: Any = sparse.csr_array(
        (np.ones(int(there.sum()), np.float32), (rank[basket[there]], item[there])), shape=(len(order), len(items))
    )
    made.sum_duplicates()
    made.data[:] = 1
    return Baskets(made, began[order], person[order])


def _newest(order: NDArray[np.int64], person: NDArray[np.int64]) -> NDArray[np.int64]:
    """The baskets in time order, of each person the newest `OF_ONE`: who orders daily tells no more than others do."""
    later = order[np.argsort(person[order], kind="stable")]  # by person, the oldest first
    ends = np.searchsorted(person[later], person[later], side="right")
    kept = later[ends - np.arange(len(later)) <= OF_ONE]
    return order[np.isin(order, kept)]
