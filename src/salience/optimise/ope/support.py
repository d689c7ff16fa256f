"""Whether the log can speak about the target at all.

ESS            sum(w)^2 / sum(w^2): how many choices of the target's own the log is worth (Kish 1965)
mean weight    1 in expectation; if not, within three standard errors, the probabilities were logged of something else
no support     share of the target's choices on actions that the log never took (in that context they may have had
               probability 0), a lower bound of what cannot be seen
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from salience.optimise.ope.log import Floats, Log

ENOUGH = 100.0
"""Effective choices below which no verdict is given: delta-method intervals cover too seldom there."""
UNSEEN = 0.05
LARGE = 0.1


class Support(Struct, frozen=True):
    """The diagnostics, and in ``faults`` each reason not to trust any estimate; none: trustworthy."""

    choices: int
    effective: float
    largest_weight: float
    largest_share: float
    mean_weight: float
    mean_weight_error: float
    without_support: float
    faults: tuple[str, ...]

    @property
    def trustworthy(self) -> bool:
        """Whether estimates may be believed."""
        return not self.faults


def support(log: Log, target: Floats) -> Support:
    """Look at the weights alone: rewards play no part, so nothing here can be fished for."""
    w = log.weights(target)
    total = float(w.sum())
    effective = total**2 / float(w @ w) if total > 0 else 0.0
    error = float(w.std(ddof=1) / np.sqrt(len(w)))
    unseen = 0.0
    if target.ndim == 2:
        seen = np.bincount(log.action, minlength=target.shape[1]) > 0
        unseen = float(target[:, ~seen].sum(1).mean() + (target * (seen & ~log.offered)).sum(1).mean())
    share = float(w.max()) / total if total > 0 else 1.0
    faults = []
    if effective < ENOUGH:
        faults.append(f"the effective sample size is {effective:.0f}, under {ENOUGH:.0f}: the policies differ too much")
    if unseen > UNSEEN:
        faults.append(f"{unseen:.0%} of the target's choices are actions that the log never shows")
    if abs(float(w.mean()) - 1) > 3 * error + unseen + 1e-6:
        faults.append(
            f"the mean weight is {w.mean():.3f} and should be 1: the logged probabilities are not those drawn from"
        )
    if share > LARGE and effective >= ENOUGH:
        faults.append(f"one choice has {share:.0%} of all weight")
    return Support(len(w), effective, float(w.max()), share, float(w.mean()), error, unseen, tuple(faults))
