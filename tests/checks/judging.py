"""Checks 1, 8, 9 and 29: metrics judged once, CUPED, relative lifts of skewed revenue, and many metrics at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.stats import norm

from salience.optimise.experiments.cuped import adjusted, filled
from salience.optimise.experiments.lift import delta, fieller
from salience.optimise.experiments.multiplicity import benjamini_hochberg, holm
from salience.optimise.experiments.pair import Pair, means, ratios
from salience.optimise.experiments.quantiles import quantiles
from salience.optimise.experiments.sums import Floats, Sums
from tests.checks.figure import Check, Figure, Size, at_least, at_most

BATCH = 500


def no_effect(size: Size) -> Iterator[Figure]:
    """Both arms drawn from the same world: how often p < 0.05."""
    runs, n = (2_000 if size == "quick" else 10_000), (400 if size == "quick" else 1_000)
    slack = 0.012 if size == "quick" else 0.0
    hits: dict[str, int] = {}
    rng = np.random.default_rng(11)
    for _ in range(runs // BATCH):
        for name, pair in _judged(_world(BATCH, n, rng), _world(BATCH, n, rng)).items():
            hits[name] = hits.get(name, 0) + int((pair.p_value() < 0.05).sum())
    for name, found in hits.items():
        yield Figure(f"false alarms, {name}", found / runs, (0.044 - slack, 0.056 + slack), runs=runs)


def _world(runs: int, n: int, rng: np.random.Generator) -> Floats:
    """(runs, n units, columns): orders, bought or not, clicks, views, minutes before and after."""
    taste = rng.gamma(2.0, 0.5, (runs, n))
    views = rng.poisson(5 * taste) + 1.0
    clicks = rng.binomial(views.astype(int), np.clip(0.2 * rng.beta(2, 2, (runs, n)) * 2, 0, 1)).astype(float)
    before = rng.gamma(3.0 * taste, 1.0)
    after = rng.gamma(3.0 * taste, 1.0)
    bought = (rng.random((runs, n)) < 0.1).astype(float)
    return np.stack([rng.poisson(taste), bought, clicks, views, before, after], axis=-1)


def _judged(control: Floats, treated: Floats) -> dict[str, Pair]:
    a, b = Sums.of(control), Sums.of(treated)
    return {
        "mean": means(a, b, 0),
        "proportion": means(a, b, 1),
        "ratio": ratios(a, b, 2, 3),
        "CUPED": adjusted(a, b, 5, 4),
        "quantile": quantiles(control[..., 5], treated[..., 5], 0.75),
    }


def cuped(size: Size) -> Iterator[Figure]:
    """The variance that is taken away, against rho^2; the mean estimate; and units without a past."""
    runs, n = (2_000 if size == "quick" else 10_000), 400
    for rho in (0.3, 0.5, 0.7, 0.9):
        rng = np.random.default_rng(int(rho * 100))
        raw, fine = [], []
        for _ in range(runs // BATCH):
            a, b = (Sums.of(_correlated(BATCH, n, rho, rng)) for _ in range(2))
            raw.append(means(a, b, 0).difference)
            fine.append(adjusted(a, b, 0, 1).difference)
        estimates = np.concatenate(fine)
        cut = 1 - estimates.var() / np.concatenate(raw).var()
        slack = 0.02 if size == "quick" else 0.0
        yield at_most(f"rho {rho}: cut of {cut:.1%} off from rho^2 by", abs(cut - rho**2), 0.03 + slack)
        bias = abs(estimates.mean()) / (estimates.std() / np.sqrt(len(estimates)))
        yield at_most(f"rho {rho}: bias in its standard errors", float(bias), 3.5)
    yield from _newcomers(runs)


def _correlated(runs: int, n: int, rho: float, rng: np.random.Generator) -> Floats:
    x = rng.normal(size=(runs, n))
    return np.stack([rho * x + np.sqrt(1 - rho**2) * rng.normal(size=(runs, n)), x], axis=-1)


def _newcomers(runs: int) -> Iterator[Figure]:
    """40 % of the units have no past, and buy less: nobody is dropped, and a true effect of 0.2 is found unbiased."""
    rng = np.random.default_rng(88)
    found, units = [], 0.0
    for _ in range(runs // 10):
        arms = []
        for effect in (0.0, 0.2):
            rows = _correlated(1, 400, 0.7, rng)[0]
            new = rng.random(400) < 0.4
            rows[:, 1] = np.where(new, np.nan, rows[:, 1])
            rows[:, 0] += effect - 0.5 * new
            arms.append(rows)
        both = filled(np.concatenate([rows[:, 1] for rows in arms]))
        for rows, past in zip(arms, np.split(both, 2), strict=True):
            rows[:, 1] = past
        a, b = Sums.of(arms[0]), Sums.of(arms[1])
        found.append(float(adjusted(a, b, 0, 1).difference))
        units = float(a.n + b.n)
    bias = abs(np.mean(found) - 0.2) / (np.std(found) / np.sqrt(len(found)))
    yield at_most("units without a past: bias in its standard errors", float(bias), 3.5)
    yield at_least("units kept, of 800", units, 800)


def lifts(size: Size) -> Iterator[Figure]:
    """Fieller's interval of the relative lift, with the delta method beside it."""
    runs = 2_000 if size == "quick" else 10_000
    for buyers, n in ((0.05, 200), (0.05, 500), (0.05, 2_000), (0.02, 500)):
        for true in (0.0, 0.2):
            rng = np.random.default_rng([n, int(10 * true)])
            held = plain = 0
            for _ in range(runs // BATCH):
                a = Sums.of(_spending(BATCH, n, buyers, rng)[..., None])
                b = Sums.of((1 + true) * _spending(BATCH, n, buyers, rng)[..., None])
                pair = means(a, b)
                low, high = fieller(pair)
                held += int(((low <= true) & (true <= high)).sum())
                with np.errstate(invalid="ignore"):
                    low, high = delta(pair)
                plain += int(((low <= true) & (true <= high)).sum())
            name = f"{buyers:.0%} buyers, {n:,} an arm, lift {true:+.0%}: held"
            yield at_least(name, held / runs, 0.94, runs=runs, note=f"delta method {plain / runs:.1%}")


def _spending(runs: int, n: int, buyers: float, rng: np.random.Generator) -> Floats:
    return np.asarray(rng.lognormal(3, 1.5, (runs, n)) * (rng.random((runs, n)) < buyers))


def many(size: Size) -> Iterator[Figure]:
    """20 metrics: none with an effect (Holm), a quarter with one (Benjamini-Hochberg); alone and correlated."""
    runs = 5_000 if size == "quick" else 20_000
    slack = 0.008 if size == "quick" else 0.0
    for rho in (0.0, 0.5):
        rng = np.random.default_rng(29)
        z = np.sqrt(rho) * rng.normal(size=(runs, 1)) + np.sqrt(1 - rho) * rng.normal(size=(runs, 20))
        wrong = (holm(2 * norm.sf(np.abs(z))) < 0.05).any(1)
        yield at_most(f"Holm, correlation {rho}: any false finding", wrong.mean(), 0.056 + slack, runs=runs)
        z[:, :5] += 3.0
        p = 2 * norm.sf(np.abs(z))
        found = benjamini_hochberg(p) < 0.05
        share = found[:, 5:].sum(1) / np.maximum(found.sum(1), 1)
        note = f"finds {found[:, :5].mean():.0%} of the true ones; uncorrected, any false: "
        note += f"{(p[:, 5:] < 0.05).any(1).mean():.0%}"
        yield at_most(f"BH, correlation {rho}: share of false findings", float(share.mean()), 0.056 + slack, note=note)


CHECKS = (
    Check(1, "no effect, judged once", no_effect),
    Check(8, "CUPED", cuped),
    Check(9, "relative lift of skewed revenue", lifts),
    Check(29, "twenty metrics", many),
)
