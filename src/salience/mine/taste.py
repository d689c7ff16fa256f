"""A person's taste as a vector: which attributes of items they want more, or less, than everybody does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.interactions import Attributes, Interactions, Matrix
from salience.prepare.text.segment import Lexicon, words

CATEGORY, WORD = "category=", "word="
DIMENSIONS = 256
"""Attributes at most, the most frequent ones: vectors of 20,000 people then take 20 MB."""

RARE = 0.01
"""An attribute that fewer than this share of people ever met, or a trait that fewer have, groups nobody."""

ITEMS, MOST_ITEMS = 5, 0.2
"""A word of a title that fewer items have, or more than this share of all, tells no taste."""

LEAST_WORDS = 10
"""Words of titles, below which histories say more."""

SINGULAR = 16
"""Singular vectors when items have no attributes."""

NO_TITLES: Mapping[str, str] = {}

Shares = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Taste:
    """``shares``: people x attribute, CSR, rows summing to 1 (or 0); ``overall`` the same over all people together.

    ``names`` are the attributes; empty when the vectors are singular ones, kept in ``shares`` then, with ``overall`` 0.
    ``placed`` are the codes of people who have a vector, of ``users`` in all. ``traits`` are scaled columns to append.
    """

    names: tuple[str, ...]
    shares: Matrix
    overall: Shares
    traits: NDArray[np.float32] | None
    placed: NDArray[np.int64]

    @property
    def users(self) -> int:
        """Everybody, placed or not."""
        return int(self.shares.shape[0])

    def vectors(self, people: NDArray[np.int64]) -> NDArray[np.float32]:
        """Unit vectors of some people, dense: (len(people), dimensions)."""
        rows: Any = self.shares[people]
        dense = rows.toarray().astype(np.float32)
        if self.names:
            dense = (dense - self.overall) / np.sqrt(self.overall)
        dense = _unit(dense)
        if self.traits is not None:
            dense = _unit(np.hstack([dense, self.traits[people]]))
        return dense.astype(np.float32)


def taste(
    data: Interactions, *, trait_weight: float = 0.0, titles: Mapping[str, str] = NO_TITLES, seed: int = 0
) -> Taste:
    """The tastes of all users: by attributes of items where there are any, else by words of their ``titles``, else by
    singular vectors of histories."""
    known = _attributes(data) or _words(data, titles)
    names: tuple[str, ...]
    if known is None:
        names, shares, overall = (), _singular(data.matrix, seed), np.zeros(0)
    else:
        names, shares, overall = _shares(data.matrix, known)
    has = np.diff(shares.indptr) > 0
    traits = None if trait_weight == 0 or data.traits is None else _traits(data.traits, trait_weight)
    return Taste(names, shares, overall, traits, np.flatnonzero(has).astype(np.int64))


def _attributes(data: Interactions) -> Attributes | None:
    """Item x attribute: categories where the catalogue has any, else its other named attributes, else None."""
    if data.attributes is None:
        return None
    names = data.attributes.names
    chosen = [code for code, name in enumerate(names) if name.startswith(CATEGORY)]
    chosen = chosen or [code for code, name in enumerate(names) if "=" in name]
    if not chosen:
        return None
    values: Any = data.attributes.values[:, chosen]
    return Attributes(tuple(names[code] for code in chosen), values)


def _words(data: Interactions, titles: Mapping[str, str]) -> Attributes | None:
    """Item x word of its title, without numbers and words of two letters; None where titles say too little."""
    said = [titles.get(name, "") for name in data.items.names]
    lexicon = Lexicon.learned(said)
    found = [{word for word in words(title, lexicon) if _tells(word)} for title in said]
    count = Counter(word for one in found for word in one)
    kept = sorted(word for word, n in count.items() if ITEMS <= n <= MOST_ITEMS * len(said))
    if len(kept) < LEAST_WORDS or 2 * sum(bool(one) for one in found) < len(found):
        return None
    place = {word: n for n, word in enumerate(kept)}
    pairs = [(row, place[word]) for row, one in enumerate(found) for word in sorted(one) if word in place]
    rows, columns = zip(*pairs, strict=True)
    shape = (len(said), len(kept))
    values: Any = sparse.csr_array((np.ones(len(pairs), np.float32), (rows, columns)), shape=shape)
    return Attributes(tuple(WORD + word for word in kept), values)


def _tells(word: str) -> bool:
    return not any(sign.isdigit() for sign in word) and (len(word) > 2 or not word.isascii())


def _shares(matrix: Matrix, known: Attributes) -> tuple[tuple[str, ...], Matrix, Shares]:
    """An item's weight is divided among its attributes, so that an item with many of them does not count more."""
    per_item: Any = _rows_sum_to_one(known.values)
    weight: Any = sparse.csr_array(matrix @ per_item)
    weight.eliminate_zeros()
    met = np.bincount(weight.indices, minlength=len(known.names))
    common = np.flatnonzero(met >= max(2.0, RARE * weight.shape[0]) if weight.shape[0] > 2 else met > 0)
    common = np.sort(common[np.argsort(-met[common], kind="stable")[:DIMENSIONS]])
    weight = sparse.csr_array(weight[:, common])
    total = np.asarray(weight.sum(axis=0), np.float64)
    names = tuple(known.names[code] for code in common)
    return names, _rows_sum_to_one(weight), total / max(float(total.sum()), 1e-12)


def _rows_sum_to_one(values: Matrix) -> Matrix:
    total = np.asarray(values.sum(axis=1), np.float64)
    scaled: Any = sparse.csr_array(sparse.diags_array(1 / np.where(total > 0, total, 1)) @ values)
    return scaled.astype(np.float32)  # type: ignore[no-any-return]


def _singular(matrix: Matrix, seed: int) -> Matrix:
    """Person x singular vector of the histories scaled to length 1; nobody's history is centred, so it stays sparse."""
    from scipy.sparse.linalg import svds

    norm = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1), np.float64))
    scaled: Any = sparse.csr_array(sparse.diags_array(1 / np.where(norm > 0, norm, 1)) @ matrix)
    rank = min(SINGULAR, min(scaled.shape) - 1)
    if rank < 1:
        return scaled.astype(np.float32)  # type: ignore[no-any-return]
    left, values, _ = svds(scaled.astype(np.float64), k=rank, rng=np.random.default_rng(seed))
    left[norm == 0] = 0
    made: Any = sparse.csr_array((left * values).astype(np.float32))
    return made  # type: ignore[no-any-return]


def _traits(traits: Attributes, weight: float) -> NDArray[np.float32] | None:
    """Common traits, centred; against vectors of length 1 their mean squared length is weight / (1 - weight)."""
    has = np.bincount(traits.values.indices, minlength=len(traits.names)) >= RARE * traits.values.shape[0]
    chosen: Any = traits.values[:, np.flatnonzero(has)[:DIMENSIONS]]
    dense = chosen.toarray()
    dense = dense - dense.mean(axis=0)
    size = float((dense**2).sum(axis=1).mean()) if dense.size else 0.0
    if size == 0:
        return None
    made: NDArray[np.float32] = (dense * np.sqrt(weight / max(1 - weight, 1e-6) / size)).astype(np.float32)
    return made


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    scaled: NDArray[np.float32] = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return scaled
