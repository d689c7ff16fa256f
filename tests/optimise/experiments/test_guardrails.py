from __future__ import annotations

from salience.optimise.experiments.guardrails import guarded


def test_no_difference_found_is_not_a_guardrail_held() -> None:
    assert guarded(-0.5, 0.5, 0.02, larger_is_better=True) == "not enough data"


def test_smaller_may_be_better() -> None:
    assert guarded(-0.10, 0.01, 0.02, larger_is_better=False) == "holds"
    assert guarded(0.03, 0.10, 0.02, larger_is_better=False) == "broken"
