"""One randomised (or nearly randomised) comparison: covariates from before the treatment, the arm, the outcome."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from salience.events.fault import InvalidInput

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
LEAST = 20
"""Rows that each arm must have before anything is learned."""


@dataclass(frozen=True)
class Trial:
    """``x``: (rows, covariates); ``treated``: (rows,) of 0 or 1; ``outcome``: (rows,), larger is better.

    ``propensity``: (rows,) chance of being treated, strictly between 0 and 1; by default the share of the treated.
    """

    x: Floats
    treated: NDArray[np.int8]
    outcome: Floats
    propensity: Floats

    @classmethod
    def of(cls, x: Floats, treated: NDArray[np.generic], outcome: Floats, propensity: Floats | None = None) -> Trial:
        """Checked; `InvalidInput` for lengths that differ, arms that are not 0 or 1, an arm that is nearly empty."""
        x, y = np.atleast_2d(np.asarray(x, np.float64)), np.asarray(outcome, np.float64)
        arm = np.asarray(treated)
        if not len(x) == len(arm) == len(y):
            raise InvalidInput("treated", len(arm), f"has not the {len(x)} rows of the covariates", "one value a row")
        if not np.isin(arm, (0, 1)).all():
            raise InvalidInput("treated", "", "holds other values than 0 and 1", "compare one arm with the control")
        if min(arm.sum(), len(arm) - arm.sum()) < LEAST:
            rule = f"an arm has fewer than {LEAST} rows"
            raise InvalidInput("treated", int(arm.sum()), rule, "give both arms of the experiment")
        if not (np.isfinite(y).all() and np.isfinite(x).all()):
            raise InvalidInput("outcome", "", "a value is missing or not finite", "drop or fill such rows")
        share = np.full(len(y), arm.mean()) if propensity is None else np.asarray(propensity, np.float64)
        if len(share) != len(y) or (share <= 0).any() or (share >= 1).any():
            raise InvalidInput("propensity", "", "is not between 0 and 1 in every row", "drop rows without a choice")
        return cls(x, arm.astype(np.int8), y, share)

    def __len__(self) -> int:
        return len(self.outcome)

    def rows(self, chosen: Rows) -> Trial:
        """These rows."""
        return Trial(self.x[chosen], self.treated[chosen], self.outcome[chosen], self.propensity[chosen])

    @property
    def binary(self) -> bool:
        """Whether the outcome is 0 or 1."""
        return bool(np.isin(self.outcome, (0.0, 1.0)).all())


def folds(trial: Trial, parts: int, seed: int) -> NDArray[np.int64]:
    """(rows,) the fold of every row, 0 to ``parts`` - 1, balanced within arm and (for 0/1 outcomes) outcome."""
    rng = np.random.default_rng(seed)
    kind = trial.treated.astype(np.int64) * 2 + ((trial.outcome > 0) if trial.binary else 0)
    fold = np.empty(len(trial), np.int64)
    for value in np.unique(kind):
        rows = rng.permutation(np.flatnonzero(kind == value))
        fold[rows] = np.arange(len(rows)) % parts
    return fold
