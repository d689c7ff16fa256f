"""Pareto/NBD against its own process and against the closed form of its likelihood."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special

from salience.events.fault import InvalidInput
from salience.mine.paretonbd import ParetoNBD, _log_likelihood, fit
from salience.mine.purchases import Summary


def world(people: int, weeks: float, further: float, seed: int) -> tuple[Summary, NDArray[np.int64]]:
    """Customers who buy at gamma(.8, 6) and leave at gamma(1.5, 30): as of ``weeks``, and purchases in ``further``."""
    rng = np.random.default_rng(seed)
    rows, coming = [], []
    for rate, leaves in zip(rng.gamma(0.8, 1 / 6, people), rng.gamma(1.5, 1 / 30, people), strict=True):
        end = min(rng.exponential(1 / leaves), weeks + further)
        times = np.sort(rng.uniform(0, end, rng.poisson(rate * end)))
        past = times[times <= weeks]
        rows.append((len(past), past[-1] if len(past) else 0.0))
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
    truth = _log_likelihood(0.8, 6, 1.5, 30, known.frequency, known.recency, known.age).sum()
    assert truth <= model.log_likelihood <= truth + 12


@pytest.mark.parametrize(("alpha", "beta"), [(10.0, 6.0), (6.0, 10.0)])
def test_the_sum_is_the_closed_form(alpha: float, beta: float) -> None:
    x, recency, age = np.array([0.0, 1, 4, 30]), np.array([0.0, 3, 20, 38]), np.array([39.0, 39, 30, 38.5])
    r, s, most = 0.55, 0.6, max(alpha, beta)
    c = s + 1 if alpha >= beta else r + x

    def part(at: NDArray[np.float64]) -> NDArray[np.float64]:
        ratio = abs(alpha - beta) / (most + at)
        return np.asarray(special.hyp2f1(r + s + x, c, r + s + x + 1, ratio) / (most + at) ** (r + s + x))

    inside = 1 / ((alpha + age) ** (r + x) * (beta + age) ** s) + s / (r + s + x) * (part(recency) - part(age))
    shared = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    assert _log_likelihood(r, alpha, s, beta, x, recency, age) == pytest.approx(shared + np.log(inside), abs=1e-9)


def test_silence_means_gone_and_also_after_a_single_purchase() -> None:
    model = ParetoNBD(0.55, 10.6, 0.6, 11.7, 0.0)
    same = np.full(4, 38.0)
    known = Summary(np.arange(4), np.array([0.0, 8, 8, 8]), np.array([0.0, 37.9, 10, 38.0]), same, same)
    alive = model.alive(known)
    assert alive[0] < 0.6
    assert alive[3] == 1 > alive[1] > 0.95 > 0.2 > alive[2]
    assert model.expected(known, 1e-9).max() < 1e-6


def test_the_pole_at_one_is_no_pole() -> None:
    known = Summary(np.arange(1), np.array([2.0]), np.array([5.0]), np.array([9.0]), np.zeros(1))
    near = [ParetoNBD(0.3, 4, s, 9, 0).expected(known, 8)[0] for s in (0.999, 1.0, 1.001)]
    assert near[1] == pytest.approx((near[0] + near[2]) / 2, rel=1e-4)


def test_nobody_came_again() -> None:
    nothing = np.zeros(2)
    with pytest.raises(InvalidInput, match="nobody bought again"):
        fit(Summary(np.arange(2), nothing, nothing, np.ones(2), nothing))
