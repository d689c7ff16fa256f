"""Which columns were written after the treatment: learning from those is learning from the answer.

Three rules, on the training rows alone. A column is left out if
1. one of its values settles the outcome (spend > 0 only after a visit), or the arm (an advert that only the treated
   saw): all its rows agree, the others do not, and chance would do so less than once in 10^9;
2. it differs between the arms by more than a tenth of its standard deviation and p < 10^-6: what happened before a
   randomised treatment does not. If more than a quarter of the columns (three at least) do, the arms were not drawn at
   random, so this rule says nothing and the report says so.
`visit`, `conversion` and `spend` of an e-mail test go by these rules, whatever they are called. A column that goes in
error is kept by naming the columns to learn from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from salience.models.predictor.columns import numbers
from salience.optimise.uplift.trial import Floats

FEW = 12  # levels that are looked at one by one
RARE = 1e-9
UNLIKE = 0.1
SURE_Z = 4.9  # two-sided p = 1e-6
QUARTER, LEAST = 0.25, 3


def afterwards(
    columns: Mapping[str, Sequence[str]], treated: NDArray[np.int8], outcome: Floats
) -> tuple[dict[str, str], tuple[str, ...]]:
    """(column -> why it is left out, the columns that show that the arms were not drawn at random)."""
    out: dict[str, str] = {}
    unlike: list[str] = []
    for name, cells in columns.items():
        groups = _groups(cells)
        if any(_settles(group, outcome) for group in groups):
            out[name] = "one of its values settles the outcome"
        elif any(_settles(group, treated.astype(np.float64)) for group in groups):
            out[name] = "one of its values settles the arm"
        elif _differs(cells, groups, treated == 1):
            unlike.append(name)
    if len(unlike) >= LEAST and len(unlike) > QUARTER * len(columns):
        return out, tuple(unlike)
    return out | dict.fromkeys(unlike, "differs between the arms, which nothing before a random treatment does"), ()


def _groups(cells: Sequence[str]) -> list[NDArray[np.bool_]]:
    """The rows of each of few levels; of many, those at the commonest value and those not."""
    counts = Counter(cells)
    values = np.array(cells, dtype=object)
    if len(counts) <= FEW:
        return [values == level for level in counts]
    common = values == counts.most_common(1)[0][0]
    return [common, ~common]


def _settles(group: NDArray[np.bool_], answer: Floats) -> bool:
    inside, outside = answer[group], answer[~group]
    if not len(inside) or not len(outside) or np.ptp(inside) > 0 or np.ptp(outside) == 0:
        return False
    share = float((answer == inside[0]).mean())
    return bool(len(inside) * np.log(share) < np.log(RARE))


def _differs(cells: Sequence[str], groups: list[NDArray[np.bool_]], on: NDArray[np.bool_]) -> bool:
    values = numbers(cells)
    tested = [group.astype(np.float64) for group in groups]
    if not np.isnan(values).any():
        tested.append(values)
    for column in tested:
        a, b = column[on], column[~on]
        spread = float(np.sqrt((a.var() + b.var()) / 2))
        gap = abs(float(a.mean() - b.mean()))
        if spread > 0 and gap > UNLIKE * spread and gap > SURE_Z * np.sqrt(a.var() / len(a) + b.var() / len(b)):
            return True
    return False
