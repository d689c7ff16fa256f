"""The words that a group of texts uses more than the others do, beyond chance.

Log-odds with an informative Dirichlet prior (Monroe, Colaresi & Quinn 2008, "Fightin' Words"). With y times the word w
among the n words of the group, y' among n' outside, and the prior a_w = A * (share of w over all):

    d_w = ln((y + a_w) / (n + A - y - a_w)) - ln((y' + a_w) / (n' + A - y' - a_w))
    z_w = d_w / sqrt(1/(y + a_w) + 1/(y' + a_w))

The prior, a tenth of all words, keeps rare words from looking extreme. z is about normal; words are kept at a false
discovery rate of 5 % (Benjamini & Hochberg 1995) over all words of all groups.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from msgspec import Struct
from scipy import special

from salience.mine.significance import false_discovery
from salience.mine.topics import segmented

PRIOR = 0.1
OFTEN = 3
FALSE = 0.05


class Keyword(Struct, frozen=True):
    """``count`` in the group; ``times``: its rate in the group over that outside; ``z`` of the log-odds."""

    group: str
    word: str
    count: int
    times: float
    z: float


def keywords(texts: Sequence[str], groups: Sequence[Sequence[str]], *, most: int = 10) -> list[Keyword]:
    """Of each group its most telling words and pairs of words, groups in order of size; a text may be in several.

    >>> texts = ["green tea leaf", "black tea leaf", "red car wheel", "fast car wheel"] * 10
    >>> [(k.group, k.word) for k in keywords(texts, [["tea"], ["tea"], ["cars"], ["cars"]] * 10, most=1)]
    [('cars', 'car'), ('tea', 'leaf')]
    """
    counts: dict[str, Counter[str]] = {}
    total: Counter[str] = Counter()
    for words, own in zip(segmented(texts), groups, strict=True):
        grams = Counter([*words, *(f"{a} {b}" for a, b in pairwise(words))])
        total.update(grams)
        for group in dict.fromkeys(own):
            counts.setdefault(group, Counter()).update(grams)
    everything = sum(total.values())
    found: list[Keyword] = []
    for group, inside in counts.items():
        n = sum(inside.values())
        for word, y in inside.items():
            if y < OFTEN or n == everything:
                continue
            a, other, prior = PRIOR * total[word], total[word] - y, PRIOR * everything
            odds = np.log((y + a) / (n + prior - y - a))
            odds -= np.log((other + a) / (everything - n + prior - other - a))
            z = odds / np.sqrt(1 / (y + a) + 1 / (other + a))
            rate = (y / n) / ((other + 0.5) / (everything - n + 1))
            found.append(Keyword(group, word, y, round(float(rate), 2), round(float(z), 2)))
    if not found:
        return []
    chance = special.ndtr(-np.array([one.z for one in found]))
    real = false_discovery(chance) <= FALSE
    size = {group: sum(inside.values()) for group, inside in counts.items()}
    kept = sorted(
        (one for one, ok in zip(found, real, strict=True) if ok), key=lambda o: (-size[o.group], o.group, -o.z, o.word)
    )
    shown: list[Keyword] = []
    of: Counter[str] = Counter()
    for one in kept:
        if of[one.group] < most and not _within(one.word, [o.word for o in shown if o.group == one.group]):
            shown.append(one)
            of[one.group] += 1
    return shown


def _within(word: str, others: Sequence[str]) -> bool:
    """Whether a pair repeats a word that is there already, or a word one of a pair."""
    return any(set(word.split()) & set(other.split()) for other in others)
