"""BG/NBD against its own process: the parameters that drew a world come back, and forecasts add up to what came."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from salience.events.fault import InvalidInput
from salience.mine.bgnbd import BGNBD, fit
from salience.mine.purchases import Summary


def world(people: int, weeks: float, further: float, seed: int) -> tuple[Summary, NDArray[np.int64]]:
    """Customers of gamma(.8, 6) and beta(1.2, 3): their summary after ``weeks``, their purchases in ``further``."""
    rng = np.random.default_rng(seed)
    rows, coming = [], []
    for rate, leaves in zip(rng.gamma(0.8, 1 / 6, people), rng.beta(1.2, 3.0, people), strict=True):
        times: list[float] = []
        now = rng.exponential(1 / rate)
        while now < weeks + further:
            times.append(now)
            if rng.random() < leaves:
                break
            now += rng.exponential(1 / rate)
        past = [t for t in times if t <= weeks]
        rows.append((len(past), past[-1] if past else 0.0))
        coming.append(len(times) - len(past))
    x, recency = np.array(rows, dtype=float).T
    return Summary(np.arange(people), x, recency, np.full(people, weeks), np.zeros(people)), np.array(coming)


def test_forecasts_add_up() -> None:
    known, coming = world(4000, 40, 20, seed=1)
    model = fit(known)
    expected = model.expected(known, 20)
    assert expected.sum() == pytest.approx(coming.sum(), rel=0.08)
    busy = known.frequency >= 4
    assert expected[busy].mean() == pytest.approx(coming[busy].mean(), rel=0.15)
    assert model.r / model.alpha == pytest.approx(0.8 / 6, rel=0.15)


def test_the_fit_is_no_less_likely_than_the_truth() -> None:
    from salience.mine.bgnbd import _log_likelihood

    known, _ = world(1500, 40, 0, seed=2)
    truth = _log_likelihood(0.8, 6, 1.2, 3, known.frequency, known.recency, known.age).sum()
    assert truth <= fit(known).log_likelihood <= truth + 12


def test_silence_after_many_purchases_means_gone() -> None:
    model = BGNBD(0.24, 4.4, 0.8, 2.4, 0.0)
    same = np.full(3, 10.0)
    known = Summary(np.arange(3), np.array([0.0, 8, 8]), np.array([0.0, 9.9, 3]), same, same)
    alive = model.alive(known)
    assert alive[0] == 1
    assert alive[1] > 0.8 > 0.2 > alive[2]
    expected = model.expected(known, 10)
    assert expected[1] > expected[2]
    assert model.expected(known, 1e-9).max() < 1e-6


def test_the_pole_at_one_is_no_pole() -> None:
    known = Summary(np.arange(1), np.array([2.0]), np.array([5.0]), np.array([9.0]), np.zeros(1))
    near = [BGNBD(0.3, 4, a, 2, 0).expected(known, 8)[0] for a in (0.999, 1.0, 1.001)]
    assert near[1] == pytest.approx((near[0] + near[2]) / 2, rel=1e-3)


def test_nobody_came_again() -> None:
    nothing = np.zeros(2)
    with pytest.raises(InvalidInput, match="nobody bought again"):
        fit(Summary(np.arange(2), nothing, nothing, np.ones(2), nothing))
