"""Checks 10, 11 and 13: estimates of other policies against the truth, and intervals that say how sure they are.

The world of 10 and 11 is that of Open Bandit Pipeline's `SyntheticBanditDataset` with its logistic reward function
(Saito et al. 2021), written anew: K = 10 one-hot actions, five normal context features, coefficients U(-1, 1) of
context, action and their products, logits less mean / standard deviation; behaviour softmax(beta q), target
softmax(q / 0.1). The peer's figures are of the coefficients of ``random_state`` 12345, and so are those of check 10;
check 11 takes those of other states as well, because an interval must hold everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from salience.optimise.ope.log import Floats, Log
from salience.optimise.ope.report import judge
from salience.optimise.ope.slate import cascade_dr, fits, iips, rips, sips
from salience.optimise.ope.support import ENOUGH
from tests.checks.figure import Check, Figure, Size, at_least, at_most
from tests.optimise.ope.worlds import pages, softmax

K, D = 10, 5
SETTINGS = ((1_000, -3.0, 0.0193, 100), (1_000, 0.0, 0.0105, 100), (10_000, -3.0, 0.0054, 40))
"""(choices, beta, mean relative error of the best of OBP's estimators, runs)."""
OBP = 12345


class World:
    """The coefficients of one ``random_state``; the truth is a mean over 200,000 contexts."""

    def __init__(self, seed: int) -> None:
        draw = np.random.RandomState(seed)
        self.context, self.action = draw.uniform(-1, 1, D + 1), draw.uniform(-1, 1, K + 1)
        self.both = draw.uniform(-1, 1, (D + 1, K + 1))
        many = np.random.default_rng(1).normal(size=(200_000, D))
        logits = self._logits(many)
        self.shift = float(logits.mean() / logits.std())
        rates = self.rates(many)
        self.truth = float((softmax(rates / 0.1) * rates).sum(1).mean())

    def _logits(self, x: Floats) -> Floats:
        one, arms = np.hstack([np.ones((len(x), 1)), x]), np.hstack([np.ones((K, 1)), np.eye(K)])
        return np.asarray((one @ self.context)[:, None] + self.action @ arms.T + one @ self.both @ arms.T)

    def rates(self, x: Floats) -> Floats:
        """(n, K) the chance of a reward of 1."""
        return np.asarray(1 / (1 + np.exp(-(self._logits(x) - self.shift))))

    def log(self, n: int, beta: float, seed: int) -> tuple[Log, Floats]:
        """(what was logged, (n, K) the target)."""
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(n, D))
        rates = self.rates(x)
        b = softmax(beta * rates)
        action = np.minimum((rng.random((n, 1)) > b.cumsum(1)).sum(1), K - 1)
        rows = np.arange(n)
        reward = (rng.random(n) < rates[rows, action]).astype(float)
        return Log.of(action, reward, b[rows, action], actions=K, x=x), softmax(rates / 0.1)


def errors(size: Size) -> Iterator[Figure]:
    """Mean relative error of the estimate that the report goes by, which is chosen without the truth."""
    world = World(OBP)
    for n, beta, target, runs in SETTINGS[:2] if size == "quick" else SETTINGS:
        found = []
        for seed in range(12 if size == "quick" else runs):
            log, policy = world.log(n, beta, 1000 + seed)
            value = judge(log, {"target": policy}, seed=0).policies[0].value
            found.append(abs(value - world.truth) / world.truth)
        error = float(np.std(found) / np.sqrt(len(found)))
        slack = 2 * error if size == "quick" else 0.0
        note = f"standard error {error:.4f}, {len(found)} logs"
        yield at_most(f"relative error, n = {n:,}, beta = {beta:g}", float(np.mean(found)), target + slack, note=note)


def coverage(size: Size) -> Iterator[Figure]:
    """Intervals of verdicts that are given, the width of SNIPS, and no verdict without effective choices."""
    runs = 12 if size == "quick" else 1_600
    covered, widths, withheld, few = 0, [], 0, 0
    judged = 0
    worlds = [World(state) for state in (OBP, 1, 2, 3)[: 2 if size == "quick" else 4]]
    for seed in range(runs):
        world = worlds[seed // 2 % len(worlds)]
        log, policy = world.log(1_000, (-3.0, 0.0)[seed % 2], 5000 + seed)
        found = judge(log, {"target": policy}, seed=0).policies[0]
        if found.support.trustworthy:
            judged += 1
            covered += found.low <= world.truth <= found.high
            by_name = {one.name: one for one in found.estimates}
            if world is worlds[0]:
                widths.append(by_name["SNIPS"].width / by_name["IPS"].width)
        thin, wanted = world.log(150, -3.0, 9000 + seed)
        scarce = judge(thin, {"target": wanted}, seed=0).policies[0]
        if scarce.support.effective < ENOUGH:
            few += 1
            withheld += not scarce.better and scarce.verdict.startswith("not to be trusted")
    low, high = (0.6, 1.0) if size == "quick" else (0.93, 0.98)
    yield Figure("intervals that hold the truth", covered / judged, (low, high), runs=judged)
    yield at_most("width of SNIPS over that of IPS", float(np.mean(widths)), 0.5)
    yield at_least("verdicts withheld under 100 effective choices", withheld / few, 1.0, runs=few)


def pages_read_down(size: Size) -> Iterator[Figure]:
    """Squared error where people read from the top; and whether the wrong assumption is flagged."""
    runs = 10 if size == "quick" else 100
    squares: dict[str, list[float]] = {"SIPS": [], "IIPS": [], "RIPS": [], "Cascade-DR": []}
    flagged = kept = 0
    for seed in range(runs):
        world, truth = pages(10_000, seed=seed)
        for one in (sips(world), iips(world), rips(world), cascade_dr(world, seed=0)):
            squares[one.name].append((one.value - truth) ** 2)
        holds = {one.name: one.holds for one in fits(world)}
        flagged += not holds["IIPS"]
        kept += holds["RIPS"]
    mean = {name: float(np.mean(values)) for name, values in squares.items()}
    note = ", ".join(f"{name} {value:.2g}" for name, value in mean.items())
    yield at_most("squared error of Cascade-DR, 10,000 pages", mean["Cascade-DR"], 2.0e-4, note=note)
    yield at_least("IIPS flagged as mis-specified", flagged / runs, 0.95, runs=runs)
    yield at_least("RIPS not flagged", kept / runs, 0.9 if size == "quick" else 0.97, runs=runs)


CHECKS = (
    Check(10, "off-policy estimates against the truth", errors),
    Check(11, "off-policy intervals", coverage),
    Check(13, "pages that are read from the top", pages_read_down),
)
