from __future__ import annotations

import numpy as np
import pytest

from salience.optimise.experiments.anytime import ceiling, declared, evidence, planned, reach, shrunken


def test_the_reach_is_where_the_evidence_is_enough() -> None:
    t = np.array([0.01, 0.3, 1.0, 4.0, 100.0])
    np.testing.assert_allclose(evidence(reach(t), t), np.log(20))


def test_the_evidence_is_a_martingale_that_starts_at_1() -> None:
    rng = np.random.default_rng(10)
    steps = rng.normal(0, np.sqrt(0.02), (60_000, 10))
    t = 0.02 * np.arange(1.0, 11.0)
    factor = np.exp(evidence(steps.cumsum(1) / np.sqrt(t), t))
    assert factor[:, 4].mean() == pytest.approx(1.0, abs=0.05)
    assert factor[:, 9].mean() == pytest.approx(1.0, abs=0.06)


def test_the_sequence_shrinks_for_ever() -> None:
    t = np.array([1.0, 10.0, 1e3, 1e6])
    width = reach(t) / np.sqrt(t)
    assert (np.diff(width) < 0).all()
    assert width[-1] < 0.01


def test_the_ceiling_holds_a_walk_that_is_looked_at_all_the_time() -> None:
    rng = np.random.default_rng(11)
    walks = rng.normal(0, np.sqrt(1 / 500), (4000, 500)).cumsum(1)
    assert (np.abs(walks).max(1) >= ceiling()).mean() == pytest.approx(0.047, abs=0.012)


def test_beyond_the_maximum_nothing_is_concluded() -> None:
    assert declared(np.array([0.25, 1.0, 1.01])).tolist() == pytest.approx([2 * ceiling(), ceiling(), np.inf])


def test_what_was_stopped_high_is_moved_down() -> None:
    """Runs of the planned effect, stopped at the first crossing: the raw estimate is far too large, the other less."""
    rng, t = np.random.default_rng(12), np.arange(1, 101) / 100
    walks = rng.normal(planned() / 100, 0.1, (20_000, 100)).cumsum(1)
    z = walks / np.sqrt(t)
    over = np.abs(z) >= reach(t)
    run = np.flatnonzero(over.any(1))
    first = over.argmax(1)[run]
    raw = z[run, first] / np.sqrt(t[first])
    kept = shrunken(z[run, first], t[first]) / np.sqrt(t[first])
    assert raw.mean() - planned() > 0.4
    assert abs(kept.mean() - planned()) < 0.35 * (raw.mean() - planned())
