"""Check 12: our estimators fed with the protocols of Open Bandit Pipeline's examples, beside its own figures.

OBD small: the uniform log of campaign "all" in the order of time judges the pipeline's Thompson policy (its prior, from
100,000 draws); 30 bootstrap samples; the error is relative to what that policy earned in its own log. Digits: the
multi-class reduction: 30 % of the rows train a behaviour (logistic, alpha 0.4) and an evaluation policy (forest, alpha
0.9), 70 % are the log; 30 runs. Draws come from the generators and seeds of the examples, and the reward models are
theirs (logistic on user and item features by position; boosted trees), because otherwise it would be the samples that
differ, and not the formulas: the mean of 30 bootstraps of 42 clicks has a standard error of 0.06. What our own reward
model makes of the same samples stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from salience.optimise.ope.direct import dm, reward_model
from salience.optimise.ope.log import Floats, Log
from salience.optimise.ope.robust import dr, sndr
from salience.optimise.ope.weighting import ips, snips
from tests.checks.data import columns
from tests.checks.figure import Check, Figure, Size
from tests.checks.peer import prior

OBD = {"DM": 0.152, "IPS": 0.312, "SNIPS": 0.312, "DR": 0.291, "SNDR": 0.303}
DIGITS = {"DM": 0.439, "IPS": 0.0290, "SNIPS": 0.0232, "DR": 0.0171, "SNDR": 0.0222}
"""Mean relative errors that the pipeline's own code gave."""
STATE = 12345
CLOSE = 0.01
Errors = dict[str, list[float]]


def _judged(log: Log, target: Floats, q: Floats, truth: float, errors: Errors) -> None:
    robust = dr(log, target, q)
    for one in (ips(log, target), snips(log, target), robust, sndr(log, target, q), dm(log, target, q, robust)):
        errors.setdefault(one.name, []).append(abs(one.value - truth) / truth)


def _figures(name: str, errors: Errors, own: Errors, peer: dict[str, float]) -> Iterator[Figure]:
    for estimator, target in peer.items():
        mean = float(np.mean(errors[estimator]))
        note = f"the pipeline: {target}"
        if estimator not in ("IPS", "SNIPS"):
            note += f"; with our reward model {np.mean(own[estimator]):.4f}"
        yield Figure(f"{name}, relative error of {estimator}", mean, (target - CLOSE, target + CLOSE), note=note)


def small(size: Size) -> Iterator[Figure]:
    """OBD small."""
    logged = columns("obd_small/random/all/all.csv.gz")
    order = np.argsort(np.array(logged["timestamp"]), kind="stable")
    action, place, click = (np.array(logged[name], int)[order] for name in ("item_id", "position", "click"))
    chance = np.array(logged["propensity_score"], float)[order]
    truth = float(np.array(columns("obd_small/bts/all/all.csv.gz")["click"], float).mean())
    kinds = [np.unique(logged[f"user_feature_{at}"], return_inverse=True)[1][order] for at in range(4)]
    people = np.hstack([np.eye(kind.max() + 1)[kind][:, 1:] for kind in kinds])
    cards = columns("obd_small/random/all/item_context.csv.gz")
    sorts = [np.unique(cards[f"item_feature_{at}"], return_inverse=True)[1] for at in (1, 2, 3)]
    items = np.stack([*sorts, np.array(cards["item_feature_0"], float)], axis=1)
    policy = _thompson(*prior("all"))
    errors: Errors = {}
    own: Errors = {}
    for seed in range(2 if size == "quick" else 30):
        rows = np.random.RandomState(seed).choice(np.arange(len(action)), size=len(action), replace=True)
        a, at, r, x = action[rows], place[rows], click[rows], people[rows]
        log = Log.of(a, r, chance[rows], actions=80, x=np.hstack([x, np.eye(4)[at]]))
        target = policy[at - 1]
        _judged(log, target, _theirs(x, items, a, at, r), truth, errors)
        _judged(log, target, reward_model(log, seed=seed), truth, own)
    yield from _figures("OBD small", errors, own, OBD)


def _thompson(alpha: list[float], beta: list[float], draws: int = 100_000) -> Floats:
    """(3, items) how often a draw from each item's Beta puts it first, second and third."""
    drawn = np.random.default_rng(STATE).beta(alpha, beta, size=(draws, len(alpha)))
    top = np.argsort(-drawn, axis=1)[:, :3]
    return np.stack([np.bincount(top[:, at], minlength=len(alpha)) / draws for at in range(3)])


def _theirs(x: Floats, items: Floats, action: Any, place: Any, reward: Any) -> Floats:
    """(rows, items) a logistic model for each position, of user and item features, cross-fitted."""
    from sklearn.linear_model import LogisticRegression

    q = np.zeros((len(x), len(items)))
    for rest, part in _folds(len(x)):
        for at in np.unique(place):
            fit, say = rest[place[rest] == at], part[place[part] == at]
            model = LogisticRegression(C=100, max_iter=10_000, random_state=STATE)
            model.fit(np.hstack([x[fit], items[action[fit]]]), reward[fit])
            weight, p = model.coef_[0], x.shape[1]
            logit = (x[say] @ weight[:p] + model.intercept_[0])[:, None] + items @ weight[p:]
            q[say] = 1 / (1 + np.exp(-logit))
    return q


def _folds(rows: int) -> list[tuple[Any, Any]]:
    from sklearn.model_selection import KFold

    return list(KFold(3, shuffle=True, random_state=STATE).split(np.zeros((rows, 1))))


def digits(size: Size) -> Iterator[Figure]:
    """The reduction of classes to actions."""
    from sklearn.datasets import load_digits
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split

    x, y = load_digits(return_X_y=True)
    errors: Errors = {}
    own: Errors = {}
    ten = np.eye(10)

    def boosted() -> Any:
        return HistGradientBoostingClassifier(
            max_iter=30, learning_rate=0.01, max_depth=5, min_samples_leaf=10, random_state=STATE
        )

    for seed in range(2 if size == "quick" else 30):
        before, after, label, truth = train_test_split(x, y, test_size=0.7, random_state=seed)
        first = LogisticRegression(C=100, max_iter=10_000, random_state=STATE)
        second = RandomForestClassifier(n_estimators=30, max_depth=5, min_samples_leaf=10, random_state=STATE)
        guesses = [model.fit(before, label).predict(after) for model in (first, second)]
        behaviour, target = (a * ten[guess] + (1 - a) / 10 for a, guess in zip((0.4, 0.9), guesses, strict=True))
        draw, rows = np.random.RandomState(seed), np.arange(len(truth))
        action = np.array([draw.choice(10, p=chances, replace=False) for chances in behaviour])
        log = Log.of(action, (action == truth).astype(float), behaviour[rows, action], actions=10, x=after)
        worth = float(target[rows, truth].mean())
        _judged(log, target, _cross_fitted(boosted, after, action, log.reward), worth, errors)
        _judged(log, target, reward_model(log, seed=seed), worth, own)
    yield from _figures("digits", errors, own, DIGITS)


def _cross_fitted(make: Callable[[], Any], x: Floats, action: Any, reward: Floats) -> Floats:
    """(rows, 10) of a classifier of the context and the action."""
    q, ten = np.zeros((len(x), 10)), np.eye(10)
    for rest, part in _folds(len(x)):
        model = make().fit(np.hstack([x[rest], ten[action[rest]]]), reward[rest])
        for at in range(10):
            said = np.hstack([x[part], np.tile(ten[at], (len(part), 1))])
            q[part, at] = model.predict_proba(said)[:, 1]
    return q


CHECKS = (
    Check(12, "estimators beside Open Bandit Pipeline: OBD small", small, fast=False),
    Check(12, "estimators beside Open Bandit Pipeline: digits", digits, fast=False),
)
