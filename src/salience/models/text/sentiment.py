"""How pleased a text sounds, in [-1, 1], learned from the shop's own ratings, or from a handful of plain words.

With ratings: a text of which the writer also graded the item is a labelled one, and the classifier of `text_classifier`
learns from these. Without: texts with more plain praise than blame (or the reverse; "not good" is blame) teach the same
classifier all the other words that stand beside it: self-training from seeds, after Turney & Littman 2003, "Measuring
Praise and Criticism". ``how`` says which; seeds know English and Chinese only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from salience.models.text.classifier import Floats, Linear, fit
from salience.models.text.grams import Grams, grams

FAMILY = "denied"
LEAST = 30
"""Texts of each side that are needed to learn from."""
STRENGTH = 16.0
PRAISE = frozenset(
    [
        "good", "great", "excellent", "love", "loved", "perfect", "best", "nice", "happy", "wonderful", "amazing",
        "fantastic", "beautiful", "recommend", "delicious", "pleased", "awesome", "superb", "enjoyed",
        "好 吃", "不 错", "喜 欢", "满 意", "很 好", "推 荐", "赞", "棒", "美 味",
        "方 便", "谢 谢", "开 心", "完 美",
    ]
)  # fmt: skip
BLAME = frozenset(
    [
        "bad", "terrible", "awful", "poor", "worst", "horrible", "disappointed", "disappointing", "broken", "useless",
        "waste", "hate", "cheaply", "returned", "refund", "junk", "boring", "dull", "annoying",
        "太 差", "难 吃", "失 望", "差 评", "太 慢", "垃 圾", "投 诉", "恶 心", "很 差", "糟",
        "后 悔", "退 款", "不 好",
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Sentiment:
    """``how``: "ratings" or "seeds"; ``texts``: how many it was learned from."""

    vocabulary: Grams
    model: Linear
    how: str
    texts: int

    def of(self, texts: Sequence[str]) -> Floats:
        """(texts,) in [-1, 1]: tanh of half the log-odds, so 0.5 is 3 to 1; 0 is as likely praise as blame.

        Learned from equally many of both sides, the fewer repeated: a shop of happy people must not make every word a
        happy one. A text of unknown words gets 0.
        """
        rows = self.vocabulary.rows(texts)
        odds = self.model.log_odds(rows)[:, 1]
        return np.where(np.diff(rows.indptr) > 0, np.tanh(odds / 2), 0.0)


def rated(texts: Sequence[str], shares: NDArray[np.float64]) -> Sentiment | None:
    """From grades as shares of their scale: 0.7 and more is praise, 0.4 and less blame. None: too few of either."""
    return _learned(texts, np.where(shares >= 0.7, 1, np.where(shares <= 0.4, -1, 0)), "ratings")


def seeded(texts: Sequence[str]) -> Sentiment | None:
    """From the plain words. None where the texts hold too few of them."""
    return _learned(texts, np.array([seeds(text) for text in texts], dtype=np.int64), "seeds")


def seeds(text: str) -> int:
    """1, 0 or -1: more plain praise, neither, more plain blame.

    >>> seeds("A great, beautiful thing."), seeds("not good at all"), seeds("很好吃"), seeds("It is blue.")
    (1, -1, 1, 0)
    """
    found = grams(text, FAMILY)
    score = len(found & PRAISE) - len(found & BLAME)
    for gram in found:
        if gram.startswith("!") and " " not in gram:
            score -= (gram[1:] in PRAISE) - (gram[1:] in BLAME)
    return (score > 0) - (score < 0)


def _learned(texts: Sequence[str], sides: NDArray[np.int64], how: str) -> Sentiment | None:
    if min((sides > 0).sum(), (sides < 0).sum()) < LEAST:
        return None
    chosen = np.concatenate([np.resize(np.flatnonzero(sides == side), np.abs(sides).sum() // 2) for side in (1, -1)])
    own = [texts[at] for at in chosen.tolist()]
    vocabulary = Grams.of(own, FAMILY)
    model = fit(vocabulary.rows(own), (sides[chosen] > 0).astype(np.int64), 2, STRENGTH)
    return Sentiment(vocabulary, model, how, int(np.abs(sides).sum()))
