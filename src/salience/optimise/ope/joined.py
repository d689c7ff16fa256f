"""One answer of SNIPS, DR and SNDR, whose bias depends on no model: their average, each weighed by 1 / variance.

Which of them is nearest the truth depends on the reward model and on the log. Taking the one with the smallest
standard error chooses by a figure that is itself an estimate, and errors that came out too small are chosen more often:
intervals of the chosen one then cover less than they say. An average by 1 / s^2 moves little with that noise, errs less
than any of the three alone, and its spread is that of the same average of their terms, in which they go together.
"""

from __future__ import annotations

import numpy as np

from salience.optimise.ope.log import Floats, Log
from salience.optimise.ope.robust import dr_terms, sndr_parts
from salience.optimise.ope.weighting import snips_parts

JOINED = "joined"


def joined(log: Log, target: Floats, q: Floats) -> tuple[float, Floats, dict[str, float]]:
    """(value, terms that tell its spread, estimator -> its share). If no weight is above 0, infinite terms."""
    robust = dr_terms(log, target, q)
    parts = {
        "SNIPS": snips_parts(log, target),
        "DR": (float(robust.mean()), robust),
        "SNDR": sndr_parts(log, target, q),
    }
    values = np.array([value for value, _ in parts.values()])
    terms = np.stack([one for _, one in parts.values()])
    if not np.isfinite(terms).all():
        return float(robust.mean()), np.full(len(log), np.inf), {}
    variance = terms.var(axis=1)
    if variance.min() <= 0:  # where one of them does not vary at all, nothing is to be weighed
        share = np.full(len(parts), 1 / len(parts))
    else:
        share = 1 / variance
        share = share / share.sum()
    return float(share @ values), share @ terms, dict(zip(parts, share.tolist(), strict=True))
