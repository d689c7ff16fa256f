"""Everything a log can say about some target policies, and when it must not be believed.

The answer is the average of SNIPS, DR and SNDR in `joined`, weighed by what the log says of their errors, never by the
truth; without a probability for every action it is SNIPS. The verdict goes by the interval of its difference from what
the policy of the log earned on the same choices, in which what both have in common cancels.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from msgspec import Struct

from salience.optimise.ope.direct import dm, reward_model
from salience.optimise.ope.intervals import mean
from salience.optimise.ope.joined import JOINED, joined
from salience.optimise.ope.log import Estimate, Floats, Log, checked
from salience.optimise.ope.robust import dr, sndr
from salience.optimise.ope.shrinkage import dros, switch_dr
from salience.optimise.ope.support import Support, support
from salience.optimise.ope.weighting import ips, snips, snips_parts, told

FLOOR = 0.05
"""The share of a learned policy that is left to chance."""


class Judged(Struct, frozen=True):
    """One policy. ``verdict`` in words; ``chosen``: the estimate that it goes by; ``gain``: that less the log's."""

    policy: str
    verdict: str
    better: bool
    chosen: str
    value: float
    low: float
    high: float
    gain: Estimate
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
    estimates = [ips(log, target), snips(log, target)]
    (value, terms), name_of = snips_parts(log, target), "SNIPS"
    shares: dict[str, float] = {}
    if target.ndim == 2:
        robust = dr(log, target, q)
        estimates += [robust, sndr(log, target, q)]
        estimates += [dm(log, target, q, robust), switch_dr(log, target, q), dros(log, target, q)]
        value, terms, shares = joined(log, target, q)
        name_of = JOINED
    answer = told(name_of, value, terms, shares)
    gain = told("gain", value - logged.value, terms - log.reward)
    better = found.trustworthy and gain.low > 0
    if not found.trustworthy:
        verdict = "not to be trusted: " + "; ".join(found.faults)
    elif better:
        verdict = "earns more than the policy of the log"
    elif gain.high < 0:
        verdict = "earns less than the policy of the log"
    else:
        verdict = "no difference from the policy of the log is shown"
    return Judged(
        policy=name,
        verdict=verdict,
        better=better,
        chosen=answer.name,
        value=answer.value,
        low=answer.low,
        high=answer.high,
        gain=gain,
        estimates=tuple(estimates) if name_of == "SNIPS" else (answer, *estimates),
        support=found,
    )
