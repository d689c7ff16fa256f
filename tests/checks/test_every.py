"""The quick form of every fast check reaches its targets; the runner prints what was missed."""

from __future__ import annotations

import pytest

from tests.checks.every import CHECKS
from tests.checks.figure import Check, Figure, at_least, at_most


@pytest.mark.parametrize("check", [c for c in CHECKS if c.fast], ids=lambda c: f"{c.number}")
def test_the_quick_form_reaches_its_targets(check: Check) -> None:
    figures = list(check.run("quick"))
    assert figures
    assert [str(figure) for figure in figures if not figure.met] == []


def test_no_number_is_taken_twice() -> None:
    names = [(check.number, check.name) for check in CHECKS]
    assert len(set(names)) == len(names)


def test_a_figure_beyond_its_target_says_so() -> None:
    assert str(at_most("regret", 6.0, 5.2)) == "regret: 6, target at most 5.2: MISSED"
    assert at_least("power", 0.8, 0.7).met
    assert not Figure("rate", 0.06, (0.044, 0.056), runs=1000).met
    assert Figure("rate", 0.0, (0, 0.001), runs=1000).interval == pytest.approx((0.0, 0.00368), abs=1e-5)
