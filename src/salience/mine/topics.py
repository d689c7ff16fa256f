"""What texts are about: topics that can be added up, named by the words that set them apart.

Non-negative matrix factorisation (Lee & Seung 1999; HALS, Cichocki & Phan 2009) of n texts x m words, weighed by
rarity, rows of length 1:

    X ~ W H,   W >= 0 (texts x topics),   H >= 0 (topics x words)

How many: topics are sought again in halves of the texts and matched one to one by cosine (Greene, O'Callaghan &
Cunningham 2014); the mean cosine of a topic is its ``stability``. Of several numbers the largest is taken whose mean
stability is within 0.1 of the best one's: fewer topics are always steadier, and say less.
A name is made of the words with the largest weight x share of the word's weight over all topics.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy import sparse

from salience.events.fault import InvalidInput
from salience.prepare.text import Lexicon, words
from salience.prepare.text.language import FUNCTION_WORDS

Table = NDArray[np.float64]
NUMBERS = (5, 8, 12, 16, 24)
SWEEPS = 60
SHOWN = 8
RARE, COMMON = 3, 0.4
"""A word of fewer texts, or of a larger share of them, tells topics not apart."""
SLACK = 0.1
HELD = 0.6
"""Below this stability a topic should not be trusted."""
MOST = 20_000
"""Texts that the topics are learned on; more are placed afterwards."""


class Topic(Struct, frozen=True):
    """``share`` of the texts whose main topic it is; ``example``: the number of the text that is most about it."""

    name: str
    words: tuple[str, ...]
    texts: int
    share: float
    stability: float
    example: int


@dataclass(frozen=True, eq=False)
class Topics:
    """``weights``: (texts, topics), rows of sum 1 or 0; ``tried``: number of topics -> mean stability."""

    topics: tuple[Topic, ...]
    weights: Table
    tried: dict[int, float]
    reason: str
    caution: str

    def main(self) -> NDArray[np.int64]:
        """The main topic of each text, -1 where it has none."""
        best = self.weights.argmax(axis=1)
        return np.where(self.weights.sum(axis=1) > 0, best, -1)


def topics(texts: Sequence[str], *, k: int | None = None, seed: int = 0) -> Topics:
    """The topics of the texts. `InvalidInput` for too few texts, or texts without words that come again."""
    rng = np.random.default_rng(seed)
    chosen = np.sort(rng.permutation(len(texts))[:MOST])
    cut = segmented([texts[at] for at in chosen])
    rows, names = vocabulary(cut)
    filled = np.flatnonzero(np.diff(rows.indptr))
    if len(filled) < 20 or rows.shape[1] < 10:
        raise InvalidInput("texts", len(texts), "are too few, or share too few words, for topics", "import more texts")
    rows = rows[filled]
    most = max(min(len(filled) // 10, rows.shape[1] // 4), 2)
    numbers = [k] if k else [n for n in NUMBERS if n <= most] or [most]
    half = rng.permutation(len(filled))
    halves = half[: len(half) // 2], half[len(half) // 2 :]
    found = {number: _stable(rows, number, halves) for number in numbers}
    steady = {number: float(found[number][1].mean()) for number in numbers}
    best = max(number for number in numbers if steady[number] >= max(steady.values()) - SLACK)
    parts, stability, _ = found[best]
    weights = np.zeros((len(texts), best))
    own = _placed(rows, parts)
    weights[chosen[filled]] = own
    if len(chosen) < len(texts):
        weights = _placed_all(texts, names, parts)
    order = np.argsort(-np.bincount(weights.argmax(axis=1)[weights.sum(axis=1) > 0], minlength=best), kind="stable")
    weights, parts, stability = weights[:, order], parts[order], stability[order]
    tried = {number: round(value, 3) for number, value in steady.items()}
    reason = "as asked" if k else f"the most, of {', '.join(map(str, numbers))}, that come back in halves of the texts"
    weak = int((stability < HELD).sum())
    caution = (
        f"{weak} of {best} topics did not come back in halves of the texts (stability below {HELD})" if weak else ""
    )
    return Topics(_described(parts, names, weights, stability), weights, tried, reason, caution)


def segmented(texts: Sequence[str]) -> list[list[str]]:
    """Words of each text; Chinese by a lexicon learned on these texts. Function words and single signs are out."""
    lexicon = Lexicon.learned(texts)
    return [
        [word for word in words(text, lexicon) if len(word) > 1 and word not in FUNCTION_WORDS and not word.isdigit()]
        for text in texts
    ]


def vocabulary(cut: Sequence[Sequence[str]]) -> tuple[Any, tuple[str, ...]]:
    """(texts x words weighed by rarity with rows of length 1, the words)."""
    df = Counter(word for one in cut for word in set(one))
    kept = sorted(word for word, n in df.items() if n >= RARE and n <= max(COMMON * len(cut), RARE))
    return _rows(cut, {word: code for code, word in enumerate(kept)}, df), tuple(kept)


def _rows(cut: Sequence[Sequence[str]], codes: dict[str, int], df: Counter[str]) -> Any:
    counts = [Counter(codes[word] for word in one if word in codes) for one in cut]
    indptr = np.concatenate(([0], np.cumsum([len(one) for one in counts]))).astype(np.int64)
    indices = np.array([code for one in counts for code in sorted(one)], dtype=np.int64)
    often = np.array([one[code] for one in counts for code in sorted(one)], dtype=np.float64)
    idf = np.array([np.log((1 + len(cut)) / (1 + df[word])) + 1 for word in codes])
    data = (1 + np.log(np.maximum(often, 1))) * idf[indices] if len(indices) else often
    row = np.repeat(np.arange(len(cut)), np.diff(indptr))
    length = np.sqrt(np.bincount(row, data**2, minlength=len(cut)))
    return sparse.csr_array((data / np.where(length > 0, length, 1)[row], indices, indptr), (len(cut), len(codes)))


def factorised(rows: Any, k: int) -> tuple[Table, Table]:
    """(W, H) by alternating columns, from a start made of singular vectors (Boutsidis & Gallopoulos 2008)."""
    W, H = _start(rows, k)
    columns = sparse.csr_array(rows.T)
    for _ in range(SWEEPS):
        _sweep(W, rows @ H.T, H @ H.T)
        _sweep(H.T, columns @ W, W.T @ W)
    return W, H


def _sweep(factor: Table, target: Table, gram: Table) -> None:
    """One pass of exact minimisation over the columns of ``factor``, in place: min | X - factor other | >= 0."""
    for column in range(factor.shape[1]):
        step = (target[:, column] - factor @ gram[:, column]) / max(gram[column, column], 1e-12)
        np.maximum(factor[:, column] + step, 1e-12, out=factor[:, column])


def _start(rows: Any, k: int) -> tuple[Table, Table]:
    from scipy.sparse.linalg import svds

    rank = min(k, min(rows.shape) - 1)
    left, values, right = svds(rows, k=rank, v0=np.ones(min(rows.shape)))
    order = np.argsort(-values)
    W, H = np.full((rows.shape[0], k), 1e-3), np.full((k, rows.shape[1]), 1e-3)
    for place, at in enumerate(order):
        a, b = left[:, at], right[at]
        if np.maximum(a, 0) @ np.maximum(a, 0) < np.maximum(-a, 0) @ np.maximum(-a, 0):
            a, b = -a, -b
        scale = np.sqrt(values[at])
        W[:, place] += scale * np.maximum(a, 0)
        H[place] += scale * np.maximum(b, 0)
    return W, H


def _stable(rows: Any, k: int, halves: tuple[NDArray[np.int64], ...]) -> tuple[Table, Table, Table]:
    """(H with rows of length 1, stability of each topic, W)."""
    from scipy.optimize import linear_sum_assignment

    W, H = factorised(rows, k)
    whole = _unit(H)
    back = np.zeros(k)
    for half in halves:
        _, part = factorised(sparse.csr_array(rows[half]), k)
        cosine = whole @ _unit(part).T
        mine, theirs = linear_sum_assignment(-cosine)
        back[mine] += cosine[mine, theirs] / len(halves)
    return whole, back, W


def _placed(rows: Any, parts: Table) -> Table:
    """Weights of texts on given topics: a few non-negative sweeps, rows scaled to sum 1."""
    target, gram = rows @ parts.T, parts @ parts.T
    weights = np.maximum(target, 1e-12)
    for _ in range(20):
        _sweep(weights, target, gram)
    weights[weights < 1e-6] = 0
    total = weights.sum(axis=1, keepdims=True)
    return np.asarray(weights / np.where(total > 0, total, 1))


def _placed_all(texts: Sequence[str], names: tuple[str, ...], parts: Table) -> Table:
    cut = segmented(texts)
    df = Counter(word for one in cut for word in set(one))
    return _placed(_rows(cut, {word: code for code, word in enumerate(names)}, df), parts)


def _described(parts: Table, names: tuple[str, ...], weights: Table, stability: Table) -> tuple[Topic, ...]:
    exclusive = parts / np.maximum(parts.sum(axis=0), 1e-12)
    telling = np.argsort(-(parts * exclusive), axis=1, kind="stable")[:, :SHOWN]
    main = np.where(weights.sum(axis=1) > 0, weights.argmax(axis=1), -1)
    size = np.bincount(main[main >= 0], minlength=len(parts))
    taken: set[str] = set()
    made = []
    for topic in range(len(parts)):
        shown = [names[word] for word in telling[topic] if parts[topic, word] > 1e-6]
        fresh = [word for word in shown if word not in taken][:3] or shown[:3]
        taken.update(fresh)
        share = float(size[topic] / max(len(weights), 1))
        made.append(
            Topic(", ".join(fresh), tuple(shown), int(size[topic]), round(share, 4), round(float(stability[topic]), 3),
                  int(weights[:, topic].argmax()))
        )  # fmt: skip
    return tuple(made)


def _unit(rows: Table) -> Table:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12))
