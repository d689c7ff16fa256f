"""What a predictor looks at: how much worse it becomes when one column is dealt out anew among the rows (Breiman 2001).

importance(v) = mean over rows of  ln P(y | x)  -  ln P(y | x with v from another row),   on rows it has not seen
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from salience.evaluate.chances import surprise
from salience.evaluate.intervals import mean
from salience.models.predictor.columns import Encoder, Rows
from salience.models.predictor.predictor import Codes, Predictor

MOST = 2000  # rows


class Importance(Struct, frozen=True):
    """``loss``: how much the log loss rises without the column, with its 95 % interval over rows."""

    column: str
    loss: float
    low: float
    high: float


def importances(predictor: Predictor, encoder: Encoder, rows: Rows, y: Codes, seed: int) -> tuple[Importance, ...]:
    """Of every column, the most important first."""
    rng = np.random.default_rng(seed)
    some = np.sort(rng.permutation(len(y))[:MOST])
    rows, y = rows.take(some), y[some]
    whole = surprise(predictor.probabilities(rows), y)
    found = []
    for part, places in zip(encoder.parts, encoder.places(), strict=True):
        others = rows.take(rng.permutation(len(y)))
        rise = mean(
            surprise(predictor.probabilities(rows.swapped(places, others)), y) - whole, seed=seed, resamples=200
        )
        found.append(Importance(part.name, rise.value, rise.low, rise.high))
    return tuple(sorted(found, key=lambda one: -one.loss))
