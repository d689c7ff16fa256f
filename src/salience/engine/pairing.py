"""What is wanted together: the baskets of the log as a model's items, and whether their rules help beside a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from scipy import sparse

from salience.events import AnyEvent
from salience.events.interactions import IdMap, Interactions
from salience.models.companions import Companions
from salience.prepare.deeds import Deeds, deeds
from salience.train.card import Card
from salience.train.companions import LEAST, Baskets, Worth, companions
from salience.train.tuning import refit


def paired(
    chunks: Iterable[Sequence[AnyEvent]], data: Interactions, card: Card, *, seed: int = 0
) -> tuple[Companions | None, Worth]:
    """Rules over the items of ``data``, weighed beside the published algorithm; only people of ``data`` are counted."""
    baskets = baskets_of(deeds(chunks), data)
    return companions(data, baskets, lambda rows: refit(card.algorithm, card.settings, rows, seed=seed), seed=seed)


def baskets_of(did: Deeds, data: Interactions) -> Baskets:
    """Orders, if enough of them hold two items, else visits; in time order, with the columns of ``data``.

    Only deeds whose person and item are in ``data`` together: what is left out there counts here no more.
    """
    users, items = (
        np.array([known.codes.get(name, -1) for name in names], np.int64)
        for known, names in ((data.users, did.users.names), (data.items, did.items.names))
    )
    item = did.columns["item"].astype(np.int64)
    user, item = users[did.columns["user"]], np.where(item >= 0, items[item], -1)
    pairs = data.user.astype(np.int64) * len(data.items) + data.item
    known = did.where((user >= 0) & (item >= 0) & np.isin(user * len(data.items) + item, pairs))
    made = _baskets(known, "order", data.items)
    return made if (np.diff(made.rows.indptr) > 1).sum() >= 5 * LEAST else _baskets(known, "visit", data.items)


def _baskets(did: Deeds, by: str, items: IdMap) -> Baskets:
    rows, basket = did.grouped(by)
    place = np.array([items.codes.get(name, -1) for name in did.items.names], np.int64)
    item, time = place[did.columns["item"][rows]], did.columns["time"][rows]
    size = int(basket.max(initial=-1)) + 1
    began = np.full(size, np.iinfo(np.int64).max)
    np.minimum.at(began, basket, time)
    order = np.argsort(began, kind="stable")
    rank = np.empty(size, np.int64)
    rank[order] = np.arange(size)
    there = item >= 0
    made: Any = sparse.csr_array(
        (np.ones(int(there.sum()), np.float32), (rank[basket[there]], item[there])), shape=(size, len(items))
    )
    made.sum_duplicates()
    made.data[:] = 1
    return Baskets(made, began[order])
