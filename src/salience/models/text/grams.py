"""What a text is made of, seen in five ways. Each way is a family of grams; a classifier is learned on each.

- words: 1 to 3 in a row, and the first with each other one (a question's first word rules its others);
- letters: 1 to 5 in a row, spaces among them: endings, spellings, and Chinese words of any length;
- denied: 1 and 2 words in a row, marked where a negation before them in the same clause turns them round (Das & Chen
  2001; Pang, Lee & Vaithyanathan 2002): "not good" must not look like "good";
- order: words with gaps between them, words and their endings at their place of the first six, the first word with
  the endings and beginnings of all later ones, the first two with each later one;
- shapes: frequent words, and the shapes of all others (`salience.models.text.shapes`).

Chinese characters count as words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.models.text.shapes import shape_grams

TOKENS = re.compile(r"[\u3400-\u9fff\u3040-\u30ff]|[^\W\u3040-\u30ff\u3400-\u9fff]+|[^\w\s]")
FAMILIES = ("words", "letters", "denied", "order", "shapes")
FREQUENT = 5  # training texts with a word, from which it is told by its name and not by its shape
Floats = NDArray[np.float64]

_DENIALS = frozenset(
    [
        "not", "no", "never", "nothing", "neither", "nor", "cannot", "without", "hardly", "barely",
        "t", "nt", "dont", "doesnt", "didnt", "isnt", "wasnt", "cant", "wont", "nicht", "kein",
        "keine", "nie", "ohne", "ne", "pas", "jamais", "sans", "non", "nunca", "sin", "não", "sem",
        "niet", "geen", "不", "没", "無", "无", "别", "未", "非",
    ]
)  # fmt: skip
"""``t``: what is left of "don't" where the apostrophe splits."""
_CLAUSE_ENDS = frozenset((*".,;:!?，。！？；、…", "but", "aber", "mais", "pero", "但", "however"))


def grams(text: str, family: str, frequent: Collection[str] = frozenset()) -> set[str]:
    """The different grams of a text. ``frequent``: of shapes, the words (in lower case) that keep their names.

    >>> sorted(grams("Who is?", "words"))[:4]
    ['<s> who', '<s> who is', '?', '? </s>']
    >>> sorted(grams("not so good, cheap", "denied") & {"!good", "good", "cheap"})
    ['!good', 'cheap']
    """
    if family == "shapes":
        return shape_grams(TOKENS.findall(text), frequent)
    text = text.lower()
    if family == "letters":
        line = f" {' '.join(text.split())} "
        return {line[i : i + n] for n in range(1, 6) for i in range(len(line) - n + 1)}
    words = TOKENS.findall(text)
    if not words:
        return set()
    if family == "order":
        return _order(words)
    if family == "denied":
        return _rows_of(_denied(words), 2)
    return {f"{words[0]} ~ {word}" for word in words[1:]} | _rows_of(words, 3)


def _rows_of(words: Sequence[str], longest: int) -> set[str]:
    line = ["<s>", *words, "</s>"]
    several = {" ".join(line[i : i + n]) for n in range(2, longest + 1) for i in range(len(line) - n + 1)}
    return set(words) | several


def _denied(words: Sequence[str]) -> list[str]:
    marked, on = [], False
    for word in words:
        on = on and word not in _CLAUSE_ENDS
        marked.append(f"!{word}" if on else word)
        on = on or word in _DENIALS
    return marked


def _order(words: Sequence[str]) -> set[str]:
    opening = " ".join(words[:2])
    gaps = {f"{a} {'_' * gap} {b}" for gap in (1, 2) for a, b in zip(words, words[gap + 1 :], strict=False)}
    places = {f"@{at} {word}" for at, word in enumerate(words[:6])}
    starts = {f"^ {' '.join(words[:n])}" for n in range(1, 5)}
    endings = {f"@{at} -{word[-n:]}" for at, word in enumerate(words[:6]) for n in (2, 3, 4)}
    stems = {f"{words[0]} ~ {stem}" for word in words[1:] for stem in (*(f"-{word[-n:]}" for n in (2, 3, 4)), word[:4])}
    return set(words) | gaps | places | starts | endings | stems | {f"{opening} ~ {word}" for word in words[2:]}


@dataclass(frozen=True)
class Grams:
    """The grams of a family that two training texts share, with their idf; ``frequent``: see `grams`."""

    family: str
    codes: dict[str, int]
    idf: Floats
    frequent: frozenset[str] = frozenset()

    @classmethod
    def of(cls, texts: Sequence[str], family: str) -> Grams:
        """Learned on the training part."""
        frequent: frozenset[str] = frozenset()
        if family == "shapes":
            words = Counter(word for text in texts for word in set(TOKENS.findall(text.lower())))
            frequent = frozenset(word for word, count in words.items() if count >= FREQUENT)
        counts = Counter(gram for text in texts for gram in grams(text, family, frequent))
        kept = sorted(gram for gram, count in counts.items() if count > 1)
        often = np.array([counts[gram] for gram in kept], dtype=np.float64)
        idf = np.log((1 + len(texts)) / (1 + often)) + 1
        return cls(family, {gram: code for code, gram in enumerate(kept)}, idf, frequent)

    def rows(self, texts: Sequence[str]) -> Any:
        """(texts, grams) CSR, rows of length 1; unknown grams are passed over."""
        found = [
            sorted(self.codes[g] for g in grams(text, self.family, self.frequent) if g in self.codes) for text in texts
        ]
        indptr = np.concatenate(([0], np.cumsum([len(row) for row in found]))).astype(np.int64)
        indices = np.array([code for row in found for code in row], dtype=np.int64)
        values = self.idf[indices]
        squares = np.concatenate(([0.0], np.cumsum(values**2)))
        lengths = np.sqrt(squares[indptr[1:]] - squares[indptr[:-1]])
        values = values / np.repeat(np.maximum(lengths, 1e-12), np.diff(indptr))
        return sparse.csr_array((values, indices, indptr), shape=(len(texts), len(self.codes)))
