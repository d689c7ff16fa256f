from __future__ import annotations

import numpy as np
import pytest

from salience.optimise.experiments.peeking import RULES, called, detectable, rates


def test_the_planned_effect_is_found_with_80_percent_at_one_look() -> None:
    looks = rates(4000, rate=0.1, more=detectable(0.1, 5000), units=5000, looks=1)
    assert called(looks, RULES["p < 0.05 at every look"]).share == pytest.approx(0.8, abs=0.02)


def test_a_run_without_a_call_used_the_whole_plan() -> None:
    looks = rates(50, units=2000, looks=4)
    found = called(looks, lambda t: np.full(len(t), np.inf))
    assert (found.share, found.used) == (0.0, 1.0)
    assert (found.first == -1).all()
