"""A correction of BG/NBD is used where it proved itself, and nowhere else."""

from __future__ import annotations

import numpy as np

from salience.mine import bgnbd, learned_value
from salience.mine.purchases import Purchases

WEEKS, HALF = 26, 182


def shop(*, trend: bool, people: int = 600, seed: int = 0) -> Purchases:
    """Two years of buyers at steady rates who drop out; with ``trend`` each one's rate rises or falls as a whole."""
    rng = np.random.default_rng(seed)
    names, days = [], []
    for n in range(people):
        rate, slope = rng.gamma(2.0, 0.02), rng.choice([-1.0, 1.0]) * 1.5 if trend else 0.0
        for day in range(4 * HALF):
            faster = np.exp(slope * (day - 2 * HALF) / (2 * HALF))
            if rng.random() < rate * faster:
                names.append(f"c{n}")
                days.append(day)
                if rng.random() < 0.02:
                    break
    return Purchases.of(names, days)


def test_who_buys_more_lately_is_foreseen_to_go_on() -> None:
    known, day = shop(trend=True), 3 * HALF
    found = learned_value.fit(known, day, WEEKS)
    assert found is not None
    assert found.used
    past = known.until(day)
    model = bgnbd.fit(past)
    came, _ = known.bought(past.codes, day, day + 7 * WEEKS)
    plain, ours = model.expected(past, WEEKS), found.expected(known, model, day)
    assert np.abs(ours - came).mean() < 0.95 * np.abs(plain - came).mean()


def test_where_bgnbd_is_right_it_stays() -> None:
    known, day = shop(trend=False, seed=1), 2 * HALF
    found = learned_value.fit(known, day, WEEKS)
    assert found is not None
    assert found.low < 0.02
    if not found.used:
        model = bgnbd.fit(known.until(day))
        assert (found.expected(known, model, day) == model.expected(known.until(day), WEEKS)).all()


def test_a_short_log_teaches_nothing() -> None:
    known = shop(trend=True, people=200)
    assert learned_value.fit(known, 2 * HALF - 9, WEEKS) is None
