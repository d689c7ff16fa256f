"""Check 26: what customers will still buy. CDNOW where it is at hand, and always a world whose process is known."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from salience.cli.bench.clv import purchases
from salience.cli.bench.days import day_of
from salience.mine.bgnbd import BGNBD, _log_likelihood, fit
from salience.mine.purchases import Summary
from salience.train.bench_clv import clv
from tests.checks.data import there
from tests.checks.figure import Check, Figure, Size, at_least, at_most
from tests.mine.test_bgnbd import world

TRUTH = BGNBD(0.8, 6.0, 1.2, 3.0, 0.0)
"""What draws `world`."""


def drawn(size: Size) -> Iterator[Figure]:
    """The fit is the likeliest, its total is that of the weeks behind, and knowing the truth errs hardly less."""
    worlds = 1 if size == "quick" else 4
    totals, errors, better = [], [], []
    for seed in range(worlds):
        known, coming = world(4_000, 40, 20, seed)
        model = fit(known)
        expected, best = model.expected(known, 20), TRUTH.expected(known, 20)
        totals.append(abs(expected.sum() / coming.sum() - 1))
        errors.append(np.abs(expected - coming).mean() / np.abs(best - coming).mean())
        better.append(_likelihood(model, known) - _likelihood(TRUTH, known))
    note = f"{worlds} worlds of 4,000 customers"
    yield at_least("drawn: log likelihood above that of the truth", min(better), 0.0, note=note)
    yield at_most("drawn: error of the total", max(totals), 0.122)
    yield at_most("drawn: mean absolute error, of that of the truth", float(np.mean(errors)), 1.01)


def cdnow(size: Size) -> Iterator[Figure]:
    """2,357 customers, learned until 30 September 1997, judged on the 39 weeks behind."""
    customers, days, values = purchases("transactions", str(there("cdnow/CDNOW_sample.txt.gz")))
    cut = day_of("1997-09-30")
    assert cut is not None
    found, _ = clv(customers, days, values, cut, 39, 0)
    test, model = found["test"], found["bgnbd"]
    yield at_most("CDNOW: log likelihood off -9,582.4", abs(model["log_likelihood"] + 9_582.4), 0.1)
    yield at_most("CDNOW: mean absolute error", test["mae"], 0.785, note=f"chosen before the cut: {found['chosen']}")
    yield at_most("CDNOW: error of the total", abs(test["expected"] / test["actual"] - 1), 0.122)


def _likelihood(model: BGNBD, of: Summary) -> float:
    parameters = model.r, model.alpha, model.a, model.b
    return float(_log_likelihood(*parameters, of.frequency, of.recency, of.age).sum())


CHECKS = (
    Check(26, "lifetime value in a known world", drawn, fast=False),
    Check(26, "lifetime value of CDNOW", cdnow, fast=False),
)
