from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from salience.events import InvalidInput
from salience.optimise.experiments.once import once


def world(n: int, effect: float, seed: int = 1) -> tuple[list[str], np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    arm = np.where(rng.random(n) < 0.5, "control", "new")
    before = rng.normal(10, 2, n)
    return arm.tolist(), before + rng.normal(0, 1, n) + effect * (arm == "new"), before


def test_one_outcome_is_welch_s_test_and_the_past_makes_it_sharper() -> None:
    arm, y, before = world(600, 0.3)
    (plain,) = once(arm, {"y": y}, control="control").compared
    (fine,) = once(arm, {"y": y}, control="control", before=before).compared
    a, b = (y[np.array(arm) == name] for name in ("control", "new"))
    assert plain.p == plain.adjusted == pytest.approx(float(stats.ttest_ind(b, a, equal_var=False).pvalue))
    assert fine.high - fine.low < 0.6 * (plain.high - plain.low)
    assert fine.verdict == "higher than in the control"


def test_many_outcomes_are_corrected_together() -> None:
    arm, _, _ = world(400, 0.0)
    rng = np.random.default_rng(5)
    found = once(arm, {f"y{n}": rng.normal(size=400) for n in range(20)}, control="control")
    smallest = min(found.compared, key=lambda one: one.p)
    assert smallest.adjusted == pytest.approx(min(20 * smallest.p, 1.0))
    assert found.verdict == "no difference shown"


def test_arms_that_lost_units_are_not_judged_over() -> None:
    arm, y, _ = world(20_000, 0.3)
    kept = [at for at, name in enumerate(arm) if name == "control" or at % 10]
    found = once([arm[at] for at in kept], {"y": y[kept]}, control="control")
    assert found.verdict.startswith("do not trust it: ")
    assert once(arm, {"y": y}, control="control", shares={"control": 0.5, "new": 0.5}).shares.ok


def test_a_ratio_and_a_handful() -> None:
    arm, y, before = world(600, 0.0)
    (one,) = once(arm, {"y": y}, control="control", per=np.full(600, 2.0)).compared
    assert one.control == pytest.approx(5.0, abs=0.3)
    assert once(arm[:20], {"y": y[:20]}, control="control").verdict.startswith("not enough data")
    with pytest.raises(InvalidInput, match="several arms"):
        once(arm, {"y": y}, control="base")
    with pytest.raises(InvalidInput, match="cannot adjust a ratio"):
        once(arm, {"y": y}, control="control", per=y, before=before)
