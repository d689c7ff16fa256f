"""Membership inference: how well an attack that sees only the model tells who was learned from (Shokri et al. 2017).

For each person the attack asks how well the model explains every item of theirs by the others:

    s(u) = mean over i in history of (score_i(history without i) - mean of all scores) / their deviation

and the figure is the AUC of s between people who were learned from and people who were not: 0.5 tells nothing, 1 all.
Regularisation lowers it, so it is a setting of privacy, too. Computed on the data set itself by halves: half of the
people are learned from, the other half is not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.interactions import Interactions, Matrix
from salience.models import Model

FEW = 20
"""Fewer people in a half say nothing."""

MOST, ASKED = 200, 20
"""People of each half that are asked about, and items of each, at the most."""

Fit = Callable[[Interactions], Model]


def statistic(model: Model, histories: Matrix) -> NDArray[np.float64]:
    """s(u) for each row; NaN for people with fewer than two items."""
    found = np.full(histories.shape[0], np.nan)
    rows: Any = sparse.csr_array(histories)
    for row in range(rows.shape[0]):
        at = rows.indices[rows.indptr[row] : rows.indptr[row + 1]]
        if len(at) < 2:
            continue
        asked = at[:: max(len(at) // ASKED, 1)][:ASKED]
        others = at[None, :] != asked[:, None]
        lines = np.repeat(np.arange(len(asked)), len(at) - 1)
        columns = np.tile(at, (len(asked), 1))[others]
        ones = np.ones(len(columns), dtype=np.float32)
        without: Any = sparse.csr_array((ones, (lines, columns)), shape=(len(asked), rows.shape[1]))
        scores = np.asarray(model.score(without), dtype=np.float64)
        spread = scores.std(axis=1)
        own = scores[np.arange(len(asked)), asked] - scores.mean(axis=1)
        found[row] = float((own / np.where(spread > 0, spread, 1.0)).mean())
    return found


def auc(members: NDArray[np.float64], others: NDArray[np.float64]) -> float:
    """The probability that a member scores above somebody else; ties count half.

    >>> auc(np.array([2.0, 3.0]), np.array([1.0, 2.0]))
    0.875
    """
    members, others = members[~np.isnan(members)], others[~np.isnan(others)]
    if not len(members) or not len(others):
        return 0.5
    above = np.searchsorted(np.sort(others), members, side="left")
    equal = np.searchsorted(np.sort(others), members, side="right") - above
    return float((above + equal / 2).sum() / (len(members) * len(others)))


def membership(data: Interactions, fit: Fit, *, seed: int = 0) -> float | None:
    """The AUC for a model of this kind on these data; None with too few people to say."""
    people = len(data.users)
    if people < 2 * FEW:
        return None
    order = np.random.default_rng(seed).permutation(people)
    learned, never = np.sort(order[: people // 2]), np.sort(order[people // 2 :])
    model = fit(data.rows(np.isin(data.user, learned)))
    rows: Any = data.matrix
    return auc(statistic(model, rows[learned[:MOST]]), statistic(model, rows[never[:MOST]]))
