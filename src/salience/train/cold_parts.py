"""What scores new items for people who have a history of known ones; each part (people, new items).

- popularity: how often a new item was seen so far. Where nobody saw it, all are alike: chance.
- liked: ridge regression of ln(1 + popularity) of the known items on their content; the same for everybody.
- similar: the mean cosine between the item's content and that of the history.
- borrowed: a recommender's scores, mapped from known to new items by content (`cold_items`).
- vectors: the mean cosine between vectors of the texts, by a `TextEmbedder`.

The blend is a sum of parts, each standardised within a person's row, with whole weights that are added one at a time
while NDCG on a validation cut grows (Caruana, Niculescu-Mizil, Crew & Ksikes 2004).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.evaluate import ties
from salience.events import Item
from salience.events.interactions import Matrix
from salience.models import ALS, EASE
from salience.models.cold import cold_items
from salience.models.cold.card_features import hashed, rarity, weighed
from salience.models.text.embedder import TextEmbedder
from salience.models.text.hashed_svd import HashedSvd
from salience.train.cold_world import ColdSplit, Side

Scores = NDArray[np.float64]
Parts = dict[str, Scores]
POPULARITY, BLENDED = "popularity", ("liked", "similar", "borrowed", "vectors")
DENSE = 5_000
"""Items up to which the recommender is EASE, whose time grows with their cube; above it is ALS."""
RIDGE = 10.0
ROUNDS = 8


def parts(split: ColdSplit, side: Side, *, seed: int, embedder: TextEmbedder | None = None) -> Parts:
    """Every part that ``side`` leaves something to look at; popularity always."""
    people = len(split.users)
    made: Parts = {POPULARITY: np.tile(split.counts, (people, 1))}
    known, new = split.cards(side)
    shares = _shares(split.histories)
    raw = hashed([*known, *new])
    if raw[: len(known)].nnz:
        content = _unit(weighed(raw, rarity(raw[: len(known)])))
        own, theirs = content[: len(known)], content[len(known) :]
        made["liked"] = np.tile(_liked(own, theirs, split.train.matrix), (people, 1))
        made["similar"] = ((shares @ own) @ theirs.T).toarray().astype(np.float64)
        model = (EASE() if len(known) <= DENSE else ALS()).fit(split.train, seed=seed)
        mapping = cold_items.fit(model, split.train, known, seed=seed)
        if mapping is not None:
            scores = mapping.score(mapping.borrowed(new), model.score(split.histories))
            made["borrowed"] = scores.astype(np.float64)
    texts = [_text(card) for card in (*known, *new)]
    if any(texts[: len(known)]):
        embed = embedder or HashedSvd.learned(texts[: len(known)], seed=seed)
        vectors = embed.embed(texts)
        made["vectors"] = np.asarray((shares @ vectors[: len(known)]) @ vectors[len(known) :].T, np.float64)
    return made


def weights(found: Parts, names: Sequence[str], wanted: NDArray[np.bool_], k: int) -> dict[str, int]:
    """How often each part is added, of those in ``names`` that there are."""
    rows = {name: standard(found[name]) for name in names if name in found}
    chosen: dict[str, int] = {}
    total, best = np.zeros(wanted.shape), -1.0
    for _ in range(ROUNDS):
        tried = {name: float(ties.ndcg(total + row, wanted, k).mean()) for name, row in rows.items()}
        name = max(tried, key=lambda one: tried[one], default="")
        if not name or tried[name] <= best:
            break
        best, total = tried[name], total + rows[name]
        chosen[name] = chosen.get(name, 0) + 1
    return chosen


def blended(found: Parts, chosen: Mapping[str, int]) -> Scores:
    """The weighted sum of the standardised parts."""
    total = np.zeros(found[POPULARITY].shape)
    for name, times in chosen.items():
        total = total + times * standard(found[name])
    return np.asarray(total)


def standard(scores: Scores) -> Scores:
    """Rows with mean 0 and deviation 1; rows of equal scores are 0."""
    spread = scores.std(axis=1, keepdims=True)
    return np.asarray((scores - scores.mean(axis=1, keepdims=True)) / np.where(spread > 1e-12, spread, 1.0))


def _liked(known: Matrix, new: Matrix, matrix: Matrix) -> Scores:
    popular = np.log1p(np.bincount(matrix.indices, minlength=known.shape[0]).astype(np.float64))
    used = np.unique(known.indices)
    X = known[:, used].toarray().astype(np.float64)
    solved = np.linalg.solve(X.T @ X + RIDGE * np.eye(len(used)), X.T @ (popular - popular.mean()))
    return np.asarray(new[:, used] @ solved, np.float64)


def _unit(rows: Matrix) -> Matrix:
    length = np.sqrt(np.asarray((rows**2).sum(axis=1)).ravel())
    data = rows.data / np.repeat(np.where(length > 0, length, 1), np.diff(rows.indptr))
    return sparse.csr_array((data.astype(np.float32), rows.indices, rows.indptr), shape=rows.shape)


def _shares(histories: Matrix) -> Matrix:
    ones = np.repeat(1 / np.maximum(np.diff(histories.indptr), 1), np.diff(histories.indptr)).astype(np.float32)
    return sparse.csr_array((ones, histories.indices, histories.indptr), shape=histories.shape)


def _text(card: Item) -> str:
    return " ".join(part for part in (card.title, *card.categories, card.text) if part)
