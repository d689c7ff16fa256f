"""Check 12: the estimators on the sample of the Open Bandit Dataset and on digits, beside Open Bandit Pipeline's own.

OBD small: the uniform log of campaign "all" judges the policy of the other log (its mean propensity of each item at
each position); 30 bootstrap samples; the error is relative to what that policy earned in its own log. Digits: the
multi-class reduction of the pipeline's example: 30 % of the rows train a behaviour (logistic, alpha 0.4) and an
evaluation policy (forest, alpha 0.9), 70 % are the log; 30 runs. The reward model is ours in both, and so is the
estimate of the policy in OBD small, which the pipeline simulates. The target is parity, 0.01 to either side.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from salience.optimise.ope.direct import dm, reward_model
from salience.optimise.ope.log import Floats, Log
from salience.optimise.ope.robust import dr, sndr
from salience.optimise.ope.weighting import ips, snips
from tests.checks.data import columns
from tests.checks.figure import Check, Figure, Size

OBD = {"DM": 0.152, "IPS": 0.312, "SNIPS": 0.312, "DR": 0.291, "SNDR": 0.303}
DIGITS = {"IPS": 0.0290, "SNIPS": 0.0232, "DR": 0.0171, "SNDR": 0.0222}
"""Mean relative errors that the pipeline's own code gave."""


def values(log: Log, target: Floats, seed: int) -> dict[str, float]:
    """Every estimate."""
    q = reward_model(log, seed=seed)
    robust = dr(log, target, q)
    found = (ips(log, target), snips(log, target), robust, sndr(log, target, q), dm(log, target, q, robust))
    return {one.name: one.value for one in found}


def _figures(name: str, errors: dict[str, list[float]], peer: dict[str, float]) -> Iterator[Figure]:
    for estimator, target in peer.items():
        mean = float(np.mean(errors[estimator]))
        note = f"the pipeline: {target}"
        yield Figure(f"{name}, relative error of {estimator}", mean, (target - 0.01, target + 0.01), note=note)


def small(size: Size) -> Iterator[Figure]:
    """OBD small."""
    logged, own = columns("obd_small/random/all/all.csv.gz"), columns("obd_small/bts/all/all.csv.gz")
    action, place, click = (np.array(logged[name], int) for name in ("item_id", "position", "click"))
    chance = np.array(logged["propensity_score"], float)
    theirs = [np.array(own[name], float) for name in ("item_id", "position", "propensity_score", "click")]
    truth = float(theirs[3].mean())
    total, count = np.zeros((4, 80)), np.zeros((4, 80))
    np.add.at(total, (theirs[1].astype(int), theirs[0].astype(int)), theirs[2])
    np.add.at(count, (theirs[1].astype(int), theirs[0].astype(int)), 1)
    policy = total / np.maximum(count, 1)
    policy = np.divide(policy, policy.sum(1, keepdims=True), out=policy, where=policy.sum(1, keepdims=True) > 0)
    features = np.array([logged[f"user_feature_{at}"] for at in range(4)]).T
    kinds = [np.unique(features[:, at], return_inverse=True)[1] for at in range(4)]
    x = np.hstack([np.eye(kind.max() + 1)[kind] for kind in kinds] + [np.eye(4)[place]])
    errors: dict[str, list[float]] = {}
    for seed in range(5 if size == "quick" else 30):
        rows = np.random.default_rng(seed).integers(len(action), size=len(action))
        log = Log.of(action[rows], click[rows], chance[rows], actions=80, x=x[rows])
        for name, value in values(log, policy[place[rows]], seed).items():
            errors.setdefault(name, []).append(abs(value - truth) / truth)
    yield from _figures("OBD small", errors, OBD)


def digits(size: Size) -> Iterator[Figure]:
    """The reduction of classes to actions."""
    from sklearn.datasets import load_digits
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split

    x, y = load_digits(return_X_y=True)
    x = x / 16.0
    errors: dict[str, list[float]] = {}
    for seed in range(2 if size == "quick" else 30):
        before, after, label, truth = train_test_split(x, y, test_size=0.7, random_state=seed)
        guess = LogisticRegression(max_iter=1000).fit(before, label).predict(after)
        better = RandomForestClassifier(random_state=12345).fit(before, label).predict(after)
        behaviour, target = (a * np.eye(10)[g] + (1 - a) / 10 for a, g in ((0.4, guess), (0.9, better)))
        rng = np.random.default_rng(seed)
        rows = np.arange(len(truth))
        action = np.minimum((rng.random((len(truth), 1)) > behaviour.cumsum(1)).sum(1), 9)
        log = Log.of(action, (action == truth).astype(float), behaviour[rows, action], actions=10, x=after)
        worth = float(target[rows, truth].mean())
        for name, value in values(log, target, seed).items():
            errors.setdefault(name, []).append(abs(value - worth) / worth)
    yield from _figures("digits", errors, DIGITS)


CHECKS = (
    Check(12, "estimators beside Open Bandit Pipeline: OBD small", small, fast=False),
    Check(12, "estimators beside Open Bandit Pipeline: digits", digits, fast=False),
)
