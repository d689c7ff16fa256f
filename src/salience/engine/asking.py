"""What a cut log asks: what people chose first afterwards, and what was hidden of later baskets."""

from __future__ import annotations

import numpy as np

from salience.evaluate.ablation import Question
from salience.events import ANONYMOUS, RecommendRequest
from salience.events.interactions import Interactions
from salience.train.companions import Baskets
from salience.train.contexts import Choices

MOST = 1000  # people, and baskets, that are asked
LARGEST = 100  # items of a page that a request may name


def people_asked(data: Interactions, choices: Choices, cut: int, k: int, seed: int) -> list[Question]:
    """People who chose an item after the cut that they had not before; a thousand at most. Each is asked for at the
    moment of their first choice."""
    old = data.time <= cut
    before = set(zip(data.user[old].tolist(), data.item[old].tolist(), strict=True))
    wanted: dict[int, set[str]] = {}
    for user, item in zip(data.user[~old].tolist(), data.item[~old].tolist(), strict=True):
        if (user, item) not in before:
            wanted.setdefault(user, set()).add(data.items.names[item])
    some = np.random.default_rng(seed).permutation(sorted(wanted))[:MOST].tolist()
    moment = _first_moments(choices, cut)
    return [
        Question(_request(data.users.names[user], k, moment.get(user, {})), frozenset(wanted[user])) for user in some
    ]


def baskets_asked(baskets: Baskets, data: Interactions, cut: int, k: int, seed: int) -> list[Question]:
    """Baskets of after the cut, one item hidden, asked for beside the others as by nobody in particular."""
    rng, rows = np.random.default_rng(seed), baskets.rows
    later = np.flatnonzero((baskets.time > cut) & (np.diff(rows.indptr) > 1))
    found = []
    for row in rng.permutation(later)[:MOST].tolist():
        names = [data.items.names[code] for code in rows.indices[rows.indptr[row] : rows.indptr[row + 1]].tolist()]
        hidden = names.pop(int(rng.integers(len(names))))
        found.append(Question(RecommendRequest(k=k, items=tuple(names[:LARGEST])), frozenset({hidden})))
    return found


def first_choices(data: Interactions, cut: int) -> dict[str, int]:
    """When each person first did something after the cut (ms)."""
    later = np.flatnonzero(data.time > cut)
    first = np.full(len(data.users), np.iinfo(np.int64).max)
    np.minimum.at(first, data.user[later], data.time[later])
    return {data.users.names[user]: int(first[user]) for user in np.unique(data.user[later]).tolist()}


def _first_moments(choices: Choices, cut: int) -> dict[int, dict[str, str]]:
    """User code -> the context of their first choice after the cut, as far as it is known."""
    later = choices.rows(choices.time > cut)
    order = np.lexsort((later.time, later.user))
    users, first = np.unique(later.user[order], return_index=True)
    own = later.rows(order[first])
    told = {name: [values[code] if code >= 0 else "" for code in codes] for name, (values, codes) in own.fields.items()}
    return {
        user: {name: values[at] for name, values in told.items() if values[at]}
        for at, user in enumerate(users.tolist())
    }


def _request(name: str, k: int, moment: dict[str, str]) -> RecommendRequest:
    context: dict[str, str | bool | int | float | None] = {**moment}
    if name.startswith(ANONYMOUS):
        return RecommendRequest(anonymous=name.removeprefix(ANONYMOUS), k=k, context=context)
    return RecommendRequest(user=name, k=k, context=context)
