"""Winsorising with a stated rule: values above the pooled q-quantile of the non-zero values are set to it.

One cap for all arms, from all arms together, so that it cannot favour one; over the non-zero values, because in a
column of 2 % buyers the 99 % quantile of everything would cap nearly every purchase. The report shows the metric both
ways.
"""

from __future__ import annotations

import numpy as np

from salience.optimise.experiments.sums import Floats


def cap_of(values: Floats, quantile: float) -> float:
    """The cap of a column with all arms in it; infinite where nothing is above 0.

    >>> cap_of(np.array([0.0, 0, 0, 1, 2, 3, 1000]), 0.75)
    3.0
    """
    above = values[values > 0]
    return float(np.quantile(above, quantile, method="lower")) if len(above) else float("inf")


def capped(values: Floats, cap: float) -> Floats:
    """The values, none above the cap."""
    return np.minimum(values, cap)
