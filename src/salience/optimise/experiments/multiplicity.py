"""Many metrics, one experiment: adjusted p-values. 20 metrics without an effect "find" one in 64 % of experiments.

- **Holm** (1979) keeps the probability of *any* false finding at alpha, with whatever dependence: for the decision.
- **Benjamini-Hochberg** (1995) keeps the expected *share* of false findings at alpha: for the long list below it.
"""

from __future__ import annotations

import numpy as np

from salience.optimise.experiments.sums import Floats


def holm(p: Floats) -> Floats:
    """(..., m) adjusted: max over j <= i of min(1, (m - j + 1) p_(j)), in the order given.

    >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p, np.float64)
    order = np.argsort(p, axis=-1)
    steps = np.arange(p.shape[-1], 0, -1)
    ranked = np.maximum.accumulate(np.take_along_axis(p, order, -1) * steps, axis=-1)
    return _back(np.minimum(ranked, 1.0), order)


def benjamini_hochberg(p: Floats) -> Floats:
    """(..., m) adjusted: min over j >= i of m p_(j) / j.

    >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.04, 0.04]
    """
    p = np.asarray(p, np.float64)
    order = np.argsort(p, axis=-1)
    m = p.shape[-1]
    raised = np.take_along_axis(p, order, -1) * m / np.arange(1, m + 1)
    ranked = np.minimum.accumulate(raised[..., ::-1], axis=-1)[..., ::-1]
    return _back(np.minimum(ranked, 1.0), order)


def _back(ranked: Floats, order: np.ndarray) -> Floats:
    out = np.empty_like(ranked)
    np.put_along_axis(out, order, ranked, -1)
    return out
