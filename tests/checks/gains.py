"""Checks 20 to 22: who gains from a treatment: an e-mail experiment, the metrics themselves, worlds with a truth."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from salience.optimise.uplift.curves import Curve
from salience.optimise.uplift.study import NOBODY, study
from salience.optimise.uplift.targeting import Question, Targeting, target
from salience.optimise.uplift.trial import Floats, Trial
from tests.checks.data import columns
from tests.checks.figure import Check, Figure, Size, at_least, at_most
from tests.optimise.uplift.test_curves import SCORE, trial
from tests.optimise.uplift.worlds import halves

LASSO = {1: 0.135, 2: 1.228, 3: 0.056, 4: 1.696}
"""Mode -> the best learner's median squared error in Nie and Wager's worlds, as causalml's benchmark gives it."""


def mails(size: Size) -> Iterator[Figure]:
    """Hillstrom: half learns, half is scored, split within arm and visit, ten seeds."""
    table = columns("uplift_hillstrom/hillstrom.csv.gz")
    for arm, floor in (("Womens E-Mail", 0.0614), ("Mens E-Mail", 0.0256)):
        found = [_half(table, arm, seed) for seed in range(1 if size == "quick" else 10)]
        qini = [one.test.qini.value for one in found if one.test is not None]
        top = [one.test.uplift_at_30.value for one in found if one.test is not None]
        error = float(np.std(qini, ddof=1) / np.sqrt(len(qini))) if len(qini) > 1 else 0.0
        none = sum(one.verdict == NOBODY for one in found)
        note = f"standard error {error:.4f}; uplift at 30 % {np.mean(top):.4f}; 'no usable difference' {none} times"
        if arm == "Mens E-Mail" and none > len(found) / 2:
            yield at_least(f"{arm}: says that nothing usable is there", none / len(found), 0.5, note=note)
        else:
            yield at_least(f"{arm}: Qini of the test halves", float(np.mean(qini)), floor, note=note)


def _half(table: dict[str, list[str]], arm: str, seed: int) -> Targeting:
    rows = [at for at, cell in enumerate(table["segment"]) if cell in (arm, "No E-Mail")]
    kind = np.array([table["segment"][at] + table["visit"][at] for at in rows])
    rng = np.random.default_rng(seed)
    first = np.zeros(len(rows), bool)
    for one in np.unique(kind):
        places = rng.permutation(np.flatnonzero(kind == one))
        first[places[: len(places) // 2]] = True

    def part(chosen: np.ndarray) -> dict[str, list[str]]:
        places = [rows[at] for at in np.flatnonzero(chosen)]
        return {name: [cells[at] for at in places] for name, cells in table.items()}

    question = Question("segment", "visit", control="No E-Mail", ignore=("conversion", "spend"))
    return target(part(first), part(~first), question, seed=seed)[0]


def metrics(size: Size) -> Iterator[Figure]:
    """Fixed vectors of scikit-uplift 0.5.1; a score is judged by itself; random is 0."""
    curve = Curve.of(np.array(SCORE), trial())
    peer = {curve.qini(): -0.03361931692657736, curve.auuc(): -0.042285236441626635, curve.top(0.3): -0.025}
    off = max(abs(ours - theirs) for ours, theirs in peer.items())
    yield at_most("difference from scikit-uplift on fixed vectors", off, 1e-12)
    world, tau = halves(4000)
    alone = Curve.of(tau, world).qini()
    Curve.of(-tau, world).qini()
    yield at_most("change of a score beside another model", abs(Curve.of(tau, world).qini() - alone), 0.0)
    yield at_most("Qini of one score for all", abs(Curve.of(np.ones(4000), world).qini()), 1e-12)
    rng = np.random.default_rng(0)
    drawn = [Curve.of(rng.random(4000), world).qini() for _ in range(40 if size == "quick" else 400)]
    off = abs(float(np.mean(drawn))) / float(np.std(drawn, ddof=1) / np.sqrt(len(drawn)))
    yield at_most("mean Qini of random scores off 0, in standard errors", off, 3.0)


def worlds(size: Size) -> Iterator[Figure]:
    """Nie and Wager's four modes; n 100 and 500, p 6 and 12, noise .5 to 4; the learner is chosen without the truth."""
    repeats = 1 if size == "quick" else 3
    for mode, best in LASSO.items():
        errors = []
        for n, p, sigma in [(n, p, s) for n in (100, 500) for p in (6, 12) for s in (0.5, 1.0, 2.0, 4.0)]:
            for seed in range(repeats):
                world, tau = nie_wager(mode, n, p, sigma, seed)
                errors.append(float(np.mean((study(world, seed=0).held_out - tau) ** 2)))
                if size == "quick":
                    break
            if size == "quick" and len(errors) > 1:
                break
        note = f"{len(errors)} worlds; the best learner of each mode, known afterwards: {best}"
        yield at_most(f"mode {mode}, median squared error of the gain", float(np.median(errors)), 1.1 * best, note=note)


def nie_wager(mode: int, n: int, p: int, sigma: float, seed: int) -> tuple[Trial, Floats]:
    """(trial with its true propensity, gains): arXiv 1712.04912, section 4."""
    rng = np.random.default_rng([seed, mode, n, p, int(10 * sigma)])
    x = rng.uniform(size=(n, p)) if mode == 1 else rng.normal(size=(n, p))
    a = [x[:, at] for at in range(5)]
    if mode == 1:
        base = np.sin(np.pi * a[0] * a[1]) + 2 * (a[2] - 0.5) ** 2 + a[3] + 0.5 * a[4]
        share = np.clip(np.sin(np.pi * a[0] * a[1]), 0.1, 0.9)
        tau = (a[0] + a[1]) / 2
    elif mode == 2:
        base = np.maximum(np.maximum(a[0] + a[1], a[2]), 0) + np.maximum(a[3] + a[4], 0)
        share, tau = np.full(n, 0.5), a[0] + np.log1p(np.exp(a[1]))
    elif mode == 3:
        base = 2 * np.log1p(np.exp(a[0] + a[1] + a[2]))
        share, tau = 1 / (1 + np.exp(a[1] + a[2])), np.ones(n)
    else:
        base = (np.maximum(a[0] + a[1] + a[2], 0) + np.maximum(a[3] + a[4], 0)) / 2
        share = 1 / (1 + np.exp(-a[0]) + np.exp(-a[1]))
        tau = np.maximum(a[0] + a[1] + a[2], 0) - np.maximum(a[3] + a[4], 0)
    treated = (rng.random(n) < share).astype(np.int8)
    outcome = base + (treated - 0.5) * tau + sigma * rng.normal(size=n)
    return Trial.of(x, treated, outcome, np.clip(share, 0.02, 0.98)), tau


CHECKS = (
    Check(20, "an e-mail experiment (Hillstrom)", mails, fast=False),
    Check(21, "metrics of uplift", metrics),
    Check(22, "worlds of Nie and Wager", worlds, fast=False),
)
