from __future__ import annotations

import numpy as np
import pytest

from salience.optimise.experiments.spending import bounds
from salience.optimise.experiments.stopped import corrected

LOOKS = tuple(float(t) for t in np.arange(1, 6) / 5)


def test_one_look_needs_no_correction() -> None:
    found = corrected((1.0,), (1.96,), 2.5)
    assert (found.middle, found.low, found.high) == pytest.approx((2.5, 0.54, 4.46), abs=1e-2)


def test_half_of_the_estimates_are_too_high_and_the_intervals_hold() -> None:
    limits, drift = bounds(LOOKS), 2.8
    rng = np.random.default_rng(13)
    walks = rng.normal(drift / 5, np.sqrt(0.2), (160, 5)).cumsum(1) / np.sqrt(LOOKS)
    above = held = raw = 0.0
    for z in walks:
        over = np.flatnonzero(np.abs(z) >= limits)
        at = int(over[0]) if len(over) else 4
        found = corrected(LOOKS[: at + 1], limits[: at + 1], float(z[at]))
        above += found.middle > drift
        held += found.low <= drift <= found.high
        raw += z[at] / LOOKS[at] ** 0.5 > drift
    assert above / 160 == pytest.approx(0.5, abs=0.08)
    assert held / 160 == pytest.approx(0.95, abs=0.04)
    assert raw / 160 > 0.5
