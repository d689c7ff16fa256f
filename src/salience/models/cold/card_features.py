"""What the catalogue says of an item, as a sparse row of fixed width: the hashing trick (Weinberger et al. 2009).

    x_i = sum over tokens t of i of w_t e_bucket(t),        w_t = log(1 + n / df_t), then each block at length 1

Tokens stand in three blocks: categories, other attributes (``brand=x``; a number by its power of two), and words of
title and text. Each block is scaled to length 1 by itself, so that a long title does not drown the genre. No vocabulary
is kept: an item described a second ago has features at once, and a word never seen falls into a bucket of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import frexp, isfinite
from typing import TypeAlias
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.interactions import Matrix
from salience.events.kinds import Item

BUCKETS = 2048
"""Columns. A collision costs accuracy, never correctness; twice as many changed nothing worth its memory."""
WORDS = 200
"""Words of the description that count; the first ones say what it is."""

_WORD = re.compile(r"[^\W_]+")
_NO_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]{2,}")
Token: TypeAlias = tuple[int, str]


def tokens(card: Item) -> Iterator[Token]:
    """(block, token) of everything that the card says, each once.

    >>> list(tokens(Item(id="1", item="x", title="Green tea", categories=("tea",), price=6.0)))
    [(0, 'tea'), (1, 'price~3'), (2, 'green'), (2, 'tea')]
    """
    yield from dict.fromkeys((0, name.casefold()) for name in card.categories)
    for name, value in {"price": card.price, **card.attributes}.items():
        if isinstance(value, bool | str):
            yield 1, f"{name}={str(value).casefold()[:128]}"
        elif value is not None and isfinite(value):
            yield 1, f"{name}~{'-' if value < 0 else ''}{frexp(abs(value))[1]}"
    yield from dict.fromkeys((2, word) for word in [*words(card.title), *list(words(card.text))[:WORDS]])


def words(text: str) -> Iterator[str]:
    """Words in lower case; where a script writes no spaces, pairs of neighbouring characters.

    >>> list(words("Matrix, The (1999)")), list(words("绿茶叶"))
    (['matrix', 'the', '1999'], ['绿茶', '茶叶'])
    """
    for word in _WORD.findall(text.casefold()):
        if _NO_SPACES.fullmatch(word):
            yield from (word[at : at + 2] for at in range(len(word) - 1))
        else:
            yield word


def hashed(cards: Sequence[Item | None]) -> Matrix:
    """Cards x (3 blocks of `BUCKETS`) of zeros and ones; an undescribed item has an empty row."""
    rows, columns = [], []
    for row, card in enumerate(cards):
        for block, token in tokens(card) if card is not None else ():
            rows.append(row)
            columns.append(block * BUCKETS + crc32(token.encode()) % BUCKETS)
    ones = np.ones(len(rows), np.float32)
    made: Matrix = sparse.csr_array((ones, (rows, columns)), shape=(len(cards), 3 * BUCKETS))
    made.sum_duplicates()
    made.data[:] = 1.0
    return made


def rarity(features: Matrix) -> NDArray[np.float32]:
    """log(1 + n / df) of each column; a column that nobody has counts as had by one."""
    frequency = np.bincount(features.indices, minlength=features.shape[1])
    return np.log1p(features.shape[0] / np.maximum(frequency, 1)).astype(np.float32)


def weighed(features: Matrix, weights: NDArray[np.float32]) -> Matrix:
    """The rows with their weights, each of their blocks at length 1."""
    data = features.data * weights[features.indices]
    row = np.repeat(np.arange(features.shape[0]), np.diff(features.indptr))
    block = 3 * row + features.indices // BUCKETS
    length = np.sqrt(np.bincount(block, data.astype(np.float64) ** 2, minlength=3 * features.shape[0]))
    scaled = (data / length[block]).astype(np.float32) if len(data) else data
    return sparse.csr_array((scaled, features.indices, features.indptr), shape=features.shape)
