"""Texts into classes without word vectors: n-grams scaled by log-count ratios, then a linear model (NBSVM).

Wang & Manning 2012, "Baselines and Bigrams". For a class c, with p and q the smoothed shares of a gram inside and
outside of it, r = ln(p/|p| / (q/|q|)); the rows x * r are separated by w that minimises
|w|^2 / 2 + C sum ln(1 + exp(-y (x r) w)), or with the loss max(0, 1 - y (x r) w)^2 (a support vector machine). Rows
have length 1 after an idf weight. One model a class. Where w is 1 and x is 0 or 1, this is naive Bayes, which needs no
fit (`counted`). Rows of an embedder have no ratios (`dense`).

Several such models of one text are joined by weights v >= 0, learned on odds o_m(t) of texts that m was not fitted on:
minimise sum over t of -ln softmax(sum over m of v_m o_m(t))[label] + ridge |v - mean v|^2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse, special

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Loss: TypeAlias = Literal["logistic", "hinge"]


@dataclass(frozen=True)
class Linear:
    """``weights`` (grams, classes) with the ratios multiplied in; ``bias`` one a class; ``presence``: of 0-1 rows."""

    weights: Floats
    bias: Floats
    presence: bool = False

    def log_odds(self, rows: Any) -> Floats:
        """(texts, classes)."""
        rows = rows.astype(bool).astype(np.float64) if self.presence else rows
        return np.asarray(rows @ self.weights + self.bias)


def fit(rows: Any, labels: Labels, classes: int, strength: float, loss: Loss = "logistic") -> Linear:
    """One class against the rest, each by L-BFGS; of two classes the second decides for both."""
    ratios = _ratios(rows, labels, classes)

    def separate(one: int, signs: Floats) -> tuple[Floats, float]:
        weights, bias = _separate(sparse.csr_array(rows * ratios[:, one]), signs, strength, loss)
        return weights * ratios[:, one], bias

    return _each(labels, classes, separate)


def dense(rows: Floats, labels: Labels, classes: int, strength: float) -> Linear:
    """The same for rows of numbers, with every column at mean 0 and the rows at mean length 1."""
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-12
    scale = 1 / (spread * np.sqrt(rows.shape[1]))
    made = _each(labels, classes, lambda _, signs: _separate((rows - mean) * scale, signs, strength))
    weights = made.weights * scale[:, None]
    return Linear(weights, made.bias - mean @ weights)


def counted(rows: Any, labels: Labels, classes: int) -> Linear:
    """Naive Bayes of each class against the rest."""
    inside = np.bincount(labels, minlength=classes) + 1.0
    prior = np.log(inside) - np.log(len(labels) + 2.0 - inside + 1.0)
    return Linear(_ratios(rows, labels, classes), prior, presence=True)


def joined(odds: Sequence[Floats], labels: Labels, *, ridge: float = 30.0) -> Floats:
    """The weights v of models with such odds, each (texts, classes), on texts that they were not fitted on.

    Odds go in through `centred`, so weights can be compared. ``ridge`` moves them towards equal ones.
    """
    parts = np.stack(odds)
    target = np.eye(parts.shape[2])[labels]

    def loss(v: Floats) -> tuple[float, Floats]:
        total = np.tensordot(v, parts, 1)
        value = special.logsumexp(total, axis=1).sum() - (total * target).sum()
        pull = np.einsum("tk,mtk->m", special.softmax(total, axis=1) - target, parts)
        return float(value + ridge * ((v - v.mean()) ** 2).sum()), pull + 2 * ridge * (v - v.mean())

    start = np.full(len(odds), 1 / len(odds))
    bounds = [(0, None)] * len(odds)
    return np.asarray(optimize.minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x)


def centred(odds: Floats) -> Floats:
    """Log-odds with mean 0 in each row, (texts, classes)."""
    return np.asarray(odds - odds.mean(axis=1, keepdims=True))


def _ratios(rows: Any, labels: Labels, classes: int) -> Floats:
    there = rows.astype(bool).astype(np.float64)
    ratios = np.zeros((rows.shape[1], classes))
    for one in range(classes):
        p, q = 1 + (labels == one) @ there, 1 + (labels != one) @ there
        ratios[:, one] = np.log(p / p.sum()) - np.log(q / q.sum())
    return ratios


def _each(labels: Labels, classes: int, separate: Callable[[int, Floats], tuple[Floats, float]]) -> Linear:
    found = {
        one: separate(one, np.where(labels == one, 1.0, -1.0)) for one in (range(classes) if classes > 2 else (1,))
    }
    if classes == 2:
        found[0] = -found[1][0], -found[1][1]
    return Linear(
        np.stack([found[one][0] for one in range(classes)], axis=1), np.array([found[one][1] for one in range(classes)])
    )


def _separate(rows: Any, signs: Floats, strength: float, kind: Loss = "logistic") -> tuple[Floats, float]:
    columns = rows.T if isinstance(rows, np.ndarray) else sparse.csr_array(rows.T)

    def loss(w: Floats) -> tuple[float, Floats]:
        margin = signs * (rows @ w[:-1] + w[-1])
        if kind == "hinge":
            short = np.maximum(0, 1 - margin)
            pull, missed = -2 * strength * signs * short, (short**2).sum()
        else:
            pull, missed = -strength * signs * special.expit(-margin), np.logaddexp(0, -margin).sum()
        value = w[:-1] @ w[:-1] / 2 + strength * missed
        return float(value), np.append(w[:-1] + columns @ pull, pull.sum())

    found = optimize.minimize(loss, np.zeros(rows.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 60})
    return found.x[:-1], float(found.x[-1])
