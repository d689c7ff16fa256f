"""Chances in equilibrium: what was expected at a level comes, whatever moves, and an honest predictor loses little."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from salience.evaluate.chances import deciles
from salience.models.predictor.predictor import softmax
from salience.train.predict.equilibrium import LEVELS, RATES, Equilibrium, Leader
from salience.train.predict.stacking import MOVING_MARGIN

Floats = NDArray[np.float64]
STEP = 100


def two(raw: Floats) -> Floats:
    """Log odds of two classes."""
    return np.stack([np.zeros(len(raw)), raw], axis=1)


def kept(raw: Floats, y: NDArray[np.int64], start_of: Equilibrium | Leader | None = None, lag: int = STEP) -> Floats:
    """(rows,) chances, told ``lag`` rows at a time."""
    state, told = start_of or Equilibrium.begun(*RATES[-1]), []
    for start in range(0, len(raw), lag):
        part = slice(start, start + lag)
        told.append(softmax(state.told(two(raw[part])))[:, 1])
        state = state.learned(two(raw[part]), y[part])
    return np.concatenate(told)


def world(rows: int, *, drift: bool, seed: int) -> tuple[Floats, NDArray[np.int64]]:
    """What a predictor says, and what comes; with ``drift`` it is too low for a third, then too high and too sure."""
    rng = np.random.default_rng(seed)
    raw = rng.normal(-1.5, 1.5, rows)
    time = np.arange(rows) / rows
    truth = np.where(time < 1 / 3, raw + 1, 0.6 * raw - 1) if drift else raw
    return raw, (rng.random(rows) < 1 / (1 + np.exp(-truth))).astype(np.int64)


def apart(chance: Floats, y: NDArray[np.int64]) -> float:
    """The mean distance of expected / actual from 1 over the tenths."""
    return float(np.mean([abs((group.ratio or 0) - 1) for group in deciles(chance, y == 1)]))


def loss(chance: Floats, y: NDArray[np.int64]) -> float:
    return float(-np.log(np.where(y == 1, chance, 1 - chance)).mean())


def test_drift_is_made_good() -> None:
    raw, y = world(20_000, drift=True, seed=0)
    plain, ours = 1 / (1 + np.exp(-raw)), kept(raw, y)
    assert apart(ours, y) < 0.35 * apart(plain, y)
    assert loss(ours, y) < loss(plain, y) - 0.02


def test_the_sums_stay_bounded_where_those_of_perfect_chances_wander() -> None:
    raw, y = world(40_000, drift=False, seed=1)
    plain, ours = 1 / (1 + np.exp(-raw)), kept(raw, y)
    assert loss(ours, y) < loss(plain, y) * 1.01
    missed = [
        max(abs((y - chance)[np.abs(raw - level) < 0.5].sum()) for level in np.arange(-4.0, 3.0))
        for chance in (plain, ours)
    ]
    assert missed[1] < missed[0]
    assert abs((y - ours).sum()) < 8 / np.sqrt(2 * RATES[-1][0])


def test_it_begins_by_changing_nothing_and_keeps_the_order() -> None:
    raw = np.linspace(-9, 9, 50)
    assert Equilibrium.begun(*RATES[-1]).told(two(raw))[:, 1] == pytest.approx(raw)
    rng = np.random.default_rng(2)
    state = Equilibrium(rng.normal(0, 2, len(LEVELS)), 0.3, 0.1, 0.01)
    assert (np.diff(state.told(two(raw))[:, 1]) >= -1e-12).all()


def test_nothing_looks_ahead() -> None:
    raw, y = world(2000, drift=True, seed=3)
    other = y.copy()
    other[1000:] = 1 - other[1000:]
    assert kept(raw, y, Leader.begun())[:1000] == pytest.approx(kept(raw, other, Leader.begun())[:1000])


@pytest.mark.parametrize("drift", [True, False])
def test_the_leader_is_as_good_as_the_better_one(drift: bool) -> None:
    raw, y = world(20_000, drift=drift, seed=4)
    plain, ours = 1 / (1 + np.exp(-raw)), kept(raw, y)
    if not drift:
        assert kept(raw, y, Leader.begun()) == pytest.approx(plain)
    assert loss(kept(raw, y, Leader.begun()), y) < min(loss(plain, y), loss(ours, y)) + 0.003


def test_the_sooner_outcomes_are_known_the_better_and_what_costs_too_much_is_not_told() -> None:
    raw, y = world(6_000, drift=True, seed=4)
    late, soon = kept(raw, y, lag=STEP), kept(raw, y, lag=5)
    assert loss(soon, y) < loss(late, y)
    leader = Leader(Leader.begun().each, np.array([1000.0, 1000.0, 1011.0]), 5000, eager=True)
    assert leader.told(two(raw))[:, 1] == pytest.approx(leader.each[1].told(two(raw))[:, 1])
    leader = Leader(leader.each, np.array([1000.0, 1011.0, 1011.0]), 5000, eager=True)
    assert leader.told(two(raw))[:, 1] == pytest.approx(raw)


def test_who_is_eager_keeps_perfect_chances_within_the_margin() -> None:
    raw, y = world(20_000, drift=False, seed=5)
    plain, ours = 1 / (1 + np.exp(-raw)), kept(raw, y, Leader.begun(eager=True), lag=10)
    assert np.abs(ours - plain).max() > 0.01
    assert loss(plain, y) < loss(ours, y) < loss(plain, y) + MOVING_MARGIN
