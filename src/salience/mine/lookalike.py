"""Look-alikes: other people who are most like a group that somebody chose.

Each person is a row of tastes (singular vectors of the histories, scaled to length 1). A ridge regression says which
direction tells the group from everybody, with both sides weighted alike:

    w = (X' D X + lambda I)^-1 X' D y,   y = +1 in the group, -1 outside

Out of five folds, members that the regression has not seen must come before others; if they do not, by a margin that
chance does not explain, there is nothing to find, and no list is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy import sparse

from salience.events import InvalidInput
from salience.events.interactions import Interactions
from salience.mine.churn import auc
from salience.mine.portraits import SHOWN

LEAST = 10
FOLDS = 5
RANK = 64
RIDGE = 0.05

Numbers = NDArray[np.float64]


class LookAlike(Struct, frozen=True):
    """``score`` orders; ``like`` is the share of the group's own members that score lower."""

    user: str
    score: float
    like: float


class LookAlikes(Struct, frozen=True):
    """``auc`` out of fold; ``lift``: how many times more members stand in the best tenth than by chance.

    ``items`` are what the group wants more than others, the surest first. ``people`` is empty without a signal.
    """

    seeds: int
    unknown: tuple[str, ...]
    auc: float
    lift: float
    items: tuple[str, ...]
    people: tuple[LookAlike, ...]
    verdict: str


def lookalikes(data: Interactions, seeds: Sequence[str], *, limit: int = 100, seed: int = 0) -> LookAlikes:
    """The ``limit`` people outside the group that are most like it. At least `LEAST` seeds must be known."""
    if limit < 1:
        raise InvalidInput("limit", limit, "must be at least 1")
    wanted = dict.fromkeys(seeds)
    known = [data.users.codes[name] for name in wanted if name in data.users.codes]
    unknown = tuple(name for name in wanted if name not in data.users.codes)
    if len(known) < LEAST:
        rule = f"fewer than {LEAST} of the {len(wanted)} people have a history"
        raise InvalidInput("users", len(known), rule, "name more people")
    others = len(data.users) - len(known)
    if others < LEAST:
        raise InvalidInput("users", len(known), "leave hardly anybody to choose from", "name fewer people")
    rng = np.random.default_rng(seed)
    rows = _tastes(data.matrix, rng)
    member = np.zeros(len(rows), bool)
    member[known] = True
    fold = np.empty(len(rows), np.int64)
    for side in (member, ~member):
        places = np.flatnonzero(side)
        fold[rng.permutation(places)] = np.arange(len(places)) % FOLDS
    unseen = np.empty(len(rows))
    for part in range(FOLDS):
        held = fold == part
        unseen[held] = rows[held] @ _direction(rows[~held], member[~held])
    found = auc(unseen, member) or 0.5
    chance = float(np.sqrt((len(rows) + 1) / (12 * len(known) * others)))
    lift = float(member[np.argsort(-unseen, kind="stable")[: max(1, len(rows) // 10)]].mean() / member.mean())
    signal = found > 0.5 + 3 * chance
    score = rows @ _direction(rows, member)
    order = [at for at in np.argsort(-score, kind="stable").tolist() if not member[at]][:limit]
    own = np.sort(unseen[member])
    return LookAlikes(
        seeds=len(known),
        unknown=unknown,
        auc=found,
        lift=lift,
        items=_items(data, member),
        people=tuple(
            LookAlike(data.users.names[at], float(score[at]), float(np.searchsorted(own, score[at]) / len(own)))
            for at in order if signal
        ),
        verdict=_verdict(found, lift, signal=signal),
    )  # fmt: skip


def _tastes(matrix: Any, rng: np.random.Generator) -> Numbers:
    """Unit rows of the leading singular vectors, and a 1."""
    from scipy.sparse.linalg import svds

    idf = np.log1p(matrix.shape[0] / np.maximum(np.bincount(matrix.indices, minlength=matrix.shape[1]), 1))
    weighed = sparse.csr_array(matrix @ sparse.diags_array(idf)).astype(np.float64)
    norm = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)))
    weighed = sparse.csr_array(sparse.diags_array(1 / np.where(norm > 0, norm, 1)) @ weighed)
    rank = min(RANK, min(weighed.shape) - 1)
    if rank < 1:
        return np.column_stack([weighed.toarray(), np.ones(weighed.shape[0])])
    left, values, _ = svds(weighed, k=rank, rng=rng)
    rows = left * values
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return np.column_stack([rows, np.ones(len(rows))])


def _direction(rows: Numbers, member: NDArray[np.bool_]) -> Numbers:
    weight = np.where(member, 0.5 / member.sum(), 0.5 / (~member).sum())
    target = np.where(member, 1.0, -1.0)
    weighed = rows * weight[:, None]
    ridge = RIDGE / rows.shape[1] * np.eye(rows.shape[1])
    return np.asarray(np.linalg.solve(weighed.T @ rows + ridge, weighed.T @ target))


def _items(data: Interactions, member: NDArray[np.bool_]) -> tuple[str, ...]:
    """What more of the group have than chance allows, in standard errors."""
    seen: Any = data.matrix.copy()
    seen.data = (seen.data > 0).astype(np.float64)
    have, overall = np.asarray(member.astype(np.float64) @ seen), np.asarray(seen.sum(axis=0)) / len(member)
    expected = member.sum() * overall
    score = (have - expected) / np.sqrt(np.maximum(expected * (1 - overall), 1e-12))
    best = np.argsort(-score, kind="stable")[:SHOWN]
    return tuple(data.items.names[at] for at in best.tolist() if score[at] > 0)


def _verdict(found: float, lift: float, *, signal: bool) -> str:
    told = f"members that were left out come back with AUC {found:.2f}, {lift:.1f} times as often in the best tenth"
    if not signal:
        return f"no look-alikes: {told}, which chance explains. What these people share is not in what they do"
    return told
