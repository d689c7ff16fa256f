"""The model of buying is the one that foresees best, and it is chosen without the days to come."""

from __future__ import annotations

import numpy as np
import pytest

from salience.mine import bgnbd, buying
from salience.mine.purchases import Purchases, Summary

DAYS = 7 * 60


def shop(*, leaves: str, people: int = 1200, seed: int = 0) -> Purchases:
    """Buyers who leave after a purchase, or at any time."""
    rng = np.random.default_rng(seed)
    names, days = [], []
    for n in range(people):
        rate, now = rng.gamma(0.8, 1 / 40), float(rng.integers(0, 60))
        end, chance = (now + rng.exponential(80), 0.0) if leaves == "any time" else (DAYS, rng.beta(1, 2))
        while now < min(end, DAYS):
            names.append(f"c{n}")
            days.append(int(now))
            if rng.random() < chance:
                break
            now += rng.exponential(1 / rate)
    return Purchases.of(names, days)


@pytest.mark.parametrize("leaves", ["any time", "after a purchase"])
def test_the_choice_foresees_nearly_as_well_as_the_best(leaves: str) -> None:
    known, day = shop(leaves=leaves), DAYS // 2
    choice = buying.choose(known, day)
    assert choice.deviance[choice.name] == min(choice.deviance.values())
    past = known.until(day)
    came, _ = known.bought(past.codes, day, DAYS)
    missed = {
        name: float(buying.deviance(fit(past).expected(past, (DAYS - day) / 7), came).mean())
        for name, fit in buying.FITS.items()
    }
    assert missed[choice.name] < min(missed.values()) + 0.005
    if leaves == "any time":
        assert missed[choice.name] < missed[buying.BGNBD] - 0.01


def test_what_comes_later_decides_nothing() -> None:
    known, day = shop(leaves="any time"), DAYS // 2
    before = known.days <= day
    cut = Purchases.of([known.customers[code] for code in known.codes[before]], known.days[before])
    assert buying.choose(cut, day) == buying.choose(known, day)


def test_too_few_to_choose_by() -> None:
    known = Purchases.of(["a", "a", "b"], [0, 50, 90])
    choice = buying.choose(known, 100)
    assert (choice.name, choice.deviance) == (buying.BGNBD, {})
    assert choice.weeks == pytest.approx(33 / 7)


def test_a_mean_lies_between() -> None:
    past = shop(leaves="any time", people=300).until(DAYS)
    models = [fit(past) for fit in buying.FITS.values()]
    told = np.array([model.expected(past, 10) for model in models])
    alive = np.array([model.alive(past) for model in models])
    assert told[2] == pytest.approx((told[0] + told[1]) / 2)
    assert alive[2] == pytest.approx((alive[0] + alive[1]) / 2)


def test_bgnbd_is_as_it_was() -> None:
    times = (np.arange(30) % 4).astype(np.float64)
    past = Summary(np.arange(30), times, times * 3, np.full(30, 20.0), np.full(30, 20.0))
    assert buying.FITS[buying.BGNBD](past) == bgnbd.fit(past)
