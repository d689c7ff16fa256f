"""Everything a log can say about some target policies, and when it must not be believed.

Of SNIPS, DR and SNDR, whose bias depends on no model, the one with the smallest standard error is the answer. That
choice sees the log, never the truth. The verdict compares it with what the policy of the log earned.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from msgspec import Struct

from salience.optimise.ope.direct import dm, reward_model
from salience.optimise.ope.log import Estimate, Floats, Log, Z, checked, mean
from salience.optimise.ope.robust import dr, sndr
from salience.optimise.ope.shrinkage import dros, switch_dr
from salience.optimise.ope.support import Support, support
from salience.optimise.ope.weighting import ips, snips

FLOOR = 0.05
"""The share of a learned policy that is left to chance."""


class Judged(Struct, frozen=True):
    """One policy. ``verdict`` in words; ``chosen`` names the estimate that it goes by."""

    policy: str
    verdict: str
    better: bool
    chosen: str
    value: float
    low: float
    high: float
    estimates: tuple[Estimate, ...]
    support: Support


class Report(Struct, frozen=True):
    """``logged``: what the policy of the log earned. ``calibration``: mean reward over mean prediction; 1 is right."""

    logged: Estimate
    calibration: float
    policies: tuple[Judged, ...]
    choices: int
    actions: int
    seed: int


def judge(log: Log, targets: Mapping[str, Floats], *, seed: int = 0) -> Report:
    """Each target: (n, K) probabilities, or (n,) of the logged actions alone, for which no model can be used."""
    q = reward_model(log, seed=seed)
    logged = mean("logged", log.reward)
    predicted = float(q[np.arange(len(log)), log.action].mean())
    return Report(
        logged=logged,
        calibration=logged.value / predicted if predicted else float(logged.value == 0),
        policies=tuple(_judged(log, name, checked(log, target), q, logged) for name, target in targets.items()),
        choices=len(log),
        actions=log.offered.shape[1],
        seed=seed,
    )


def uniform(log: Log) -> Floats:
    """(n, K) any of what was offered, equally likely."""
    return np.asarray(log.offered / log.offered.sum(1, keepdims=True))


def learned(log: Log, *, seed: int = 0) -> Floats:
    """(n, K) the best by a reward model that has not seen the row, with a twentieth left to chance."""
    q = np.where(log.offered, reward_model(log, seed=seed), -np.inf)
    best = np.zeros(q.shape)
    best[np.arange(len(log)), q.argmax(1)] = 1.0
    return (1 - FLOOR) * best + FLOOR * uniform(log)


def _judged(log: Log, name: str, target: Floats, q: Floats, logged: Estimate) -> Judged:
    found = support(log, target)
    sound = [ips(log, target), snips(log, target)]
    biased: list[Estimate] = []
    if target.ndim == 2:
        robust = dr(log, target, q)
        sound += [robust, sndr(log, target, q)]
        biased = [dm(log, target, q, robust), switch_dr(log, target, q), dros(log, target, q)]
    # where the log hardly ever did what the target does, a small error only says that nothing was seen
    chosen = min(sound[1:], key=lambda one: one.error)
    error = float(np.hypot(chosen.error, logged.error))
    gap = chosen.value - logged.value
    better = found.trustworthy and gap - Z * error > 0
    if not found.trustworthy:
        verdict = "not to be trusted: " + "; ".join(found.faults)
    elif better:
        verdict = "earns more than the policy of the log"
    elif gap + Z * error < 0:
        verdict = "earns less than the policy of the log"
    else:
        verdict = "no difference from the policy of the log is shown"
    return Judged(
        policy=name,
        verdict=verdict,
        better=better,
        chosen=chosen.name,
        value=chosen.value,
        low=chosen.low,
        high=chosen.high,
        estimates=(*sound, *biased),
        support=found,
    )
