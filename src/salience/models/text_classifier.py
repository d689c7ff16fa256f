"""Texts into classes without word vectors: n-grams scaled by log-count ratios, then a linear model (NBSVM).

Wang & Manning 2012, "Baselines and Bigrams". For a class c, with p and q the smoothed shares of a gram inside and
outside of it, r = ln(p/|p| / (q/|q|)); the rows x * r are separated by w that minimises
|w|^2 / 2 + C sum ln(1 + exp(-y (x r) w)). Rows have length 1 after an idf weight. One model a class.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse, special

TOKENS = re.compile(r"[\u3400-\u9fff\u3040-\u30ff]|[^\W\u3040-\u30ff\u3400-\u9fff]+|[^\w\s]")
FAMILIES = ("words", "letters")
Floats = NDArray[np.float64]


def grams(text: str, family: str) -> set[str]:
    """Words: 1-3 in a row, and the first with each other one. Letters: 1-5 in a row. Chinese characters are words.

    >>> sorted(grams("Who is?", "words"))[:4]
    ['?', '? </s>', '<s> who', '<s> who is']
    """
    text = text.lower()
    if family == "letters":
        line = f" {' '.join(text.split())} "
        return {line[i : i + n] for n in range(1, 6) for i in range(len(line) - n + 1)}
    words = TOKENS.findall(text)
    if not words:
        return set()
    opening = {f"{words[0]} ~ {word}" for word in words[1:]}
    line_ = ["<s>", *words, "</s>"]
    return opening | set(words) | {" ".join(line_[i : i + n]) for n in (2, 3) for i in range(len(line_) - n + 1)}


@dataclass(frozen=True)
class Grams:
    """The grams of a family that two training texts share, with their idf."""

    family: str
    codes: dict[str, int]
    idf: Floats

    @classmethod
    def of(cls, texts: Sequence[str], family: str) -> Grams:
        """Learned on the training part."""
        counts = Counter(gram for text in texts for gram in grams(text, family))
        kept = sorted(gram for gram, count in counts.items() if count > 1)
        often = np.array([counts[gram] for gram in kept], dtype=np.float64)
        return cls(family, {gram: code for code, gram in enumerate(kept)}, np.log((1 + len(texts)) / (1 + often)) + 1)

    def rows(self, texts: Sequence[str]) -> Any:
        """(texts, grams) CSR, rows of length 1; unknown grams are passed over."""
        found = [sorted(self.codes[g] for g in grams(text, self.family) if g in self.codes) for text in texts]
        indptr = np.concatenate(([0], np.cumsum([len(row) for row in found]))).astype(np.int64)
        indices = np.array([code for row in found for code in row], dtype=np.int64)
        values = self.idf[indices]
        squares = np.concatenate(([0.0], np.cumsum(values**2)))
        lengths = np.sqrt(squares[indptr[1:]] - squares[indptr[:-1]])
        values = values / np.repeat(np.maximum(lengths, 1e-12), np.diff(indptr))
        return sparse.csr_array((values, indices, indptr), shape=(len(texts), len(self.codes)))


@dataclass(frozen=True)
class Linear:
    """``weights`` (grams, classes) with the ratios multiplied in; ``bias`` one a class."""

    weights: Floats
    bias: Floats

    def log_odds(self, rows: Any) -> Floats:
        """(texts, classes)."""
        return np.asarray(rows @ self.weights + self.bias)


def fit(rows: Any, labels: NDArray[np.int64], classes: int, strength: float) -> Linear:
    """One class against the rest, each by L-BFGS; of two classes the second decides for both."""
    weights, bias = np.zeros((rows.shape[1], classes)), np.zeros(classes)
    there = rows.astype(bool).astype(np.float64)
    for number in range(classes) if classes > 2 else (1,):
        inside = labels == number
        p, q = 1 + inside @ there, 1 + ~inside @ there
        ratio = np.log(p / p.sum()) - np.log(q / q.sum())
        weights[:, number], bias[number] = _separate(rows * ratio, np.where(inside, 1.0, -1.0), strength)
        weights[:, number] *= ratio
    if classes == 2:
        weights[:, 0], bias[0] = -weights[:, 1], -bias[1]
    return Linear(weights, bias)


def _separate(rows: Any, signs: Floats, strength: float) -> tuple[Floats, float]:
    rows = sparse.csr_array(rows)
    columns = sparse.csr_array(rows.T)

    def loss(w: Floats) -> tuple[float, Floats]:
        margin = signs * (rows @ w[:-1] + w[-1])
        pull = -strength * signs * special.expit(-margin)
        value = w[:-1] @ w[:-1] / 2 + strength * np.logaddexp(0, -margin).sum()
        return float(value), np.append(w[:-1] + columns @ pull, pull.sum())

    found = optimize.minimize(loss, np.zeros(rows.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 60})
    return found.x[:-1], float(found.x[-1])
