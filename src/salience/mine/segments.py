"""Segments: groups of people with similar taste, named by what sets them apart, with how far they can be trusted.

A person's vector says how their taste departs from everybody's: the share of each item attribute in their history
(weighted by strength), minus the share over all people, divided by its square root. That is the chi-square distance of
correspondence analysis (Benzécri 1973): without it the largest genre would decide alone. Vectors get length 1, because
the direction of a taste matters, not how extreme a short history makes it look. A catalogue without attributes has the
words of its titles in their place; without those, the vectors are the leading singular vectors of the histories.

Traits (age, region, ...) *describe* the segments; they form them only as far as ``trait_weight`` asks, because grouping
people by what they are rather than by what they do should be somebody's decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from salience.events import InvalidInput
from salience.events.interactions import IdMap, Interactions
from salience.mine.kmeans import Labels, adjusted_rand, best_overlap, fit, nearest, silhouette
from salience.mine.portraits import Portrait, Trait, portraits
from salience.mine.taste import Taste, taste

MOST_TRIED = 8
"""The largest number of segments that is tried when none is asked for: more, nobody keeps apart."""

STEADY = 0.8
"""Adjusted Rand index over halves of the people, from which slices of a continuum count as coming back."""

STRUCTURE = 0.25
"""Mean silhouette up to which there is "no substantial structure" (Kaufman & Rousseeuw 1990, table 2.4)."""

POOR = 0.65
"""Adjusted Rand index below which recovery counts as poor (Steinley 2004)."""

SAMPLE = 20_000
"""People that the centroids are fitted on; all are assigned. A seeded sample of this size fixes a mean to under 1 %."""

SILHOUETTE_SAMPLE = 2_000
STEADY_SAMPLE = 4_000
RESAMPLES = 8
TRIALS = 4  # halves, for each number of slices that is tried


class Segment(Struct, frozen=True):
    """One group. ``share`` is of the people placed; ``centroid`` its row of `Segmentation.centroids` and its label.

    ``attributes`` set it apart, most telling first; ``items`` are examples that its people want more than others do.
    ``stability``: how much of it comes back when other people are asked, the mean over random halves of the best
    Jaccard overlap (Hennig 2007: 0.75 and more is stable, below 0.6 it should not be trusted); None with too few
    people to say.
    """

    name: str
    size: int
    share: float
    attributes: tuple[Trait, ...]
    items: tuple[str, ...]
    centroid: int
    stability: float | None


@dataclass(frozen=True, eq=False)
class Segmentation:
    """Segments, largest first. ``labels``: int32, one per user; -1 for the ``unplaced`` people without a vector.

    ``stability``: mean adjusted Rand index between this grouping and those found on ``RESAMPLES`` random halves; None
    where there are too few people for halves. ``reason`` says why so many segments, ``caution`` what to beware of, or
    "".
    """

    segments: tuple[Segment, ...]
    users: IdMap
    labels: Labels
    centroids: NDArray[np.float32]
    k: int
    reason: str
    silhouette: float
    stability: float | None
    caution: str
    unplaced: int


def segments(
    data: Interactions,
    *,
    k: int | None = None,
    seed: int = 0,
    trait_weight: float = 0.0,
    titles: Mapping[str, str] | None = None,
) -> Segmentation:
    """Group the people of ``data`` into ``k`` segments, or into as many as the data give a reason for.

    ``trait_weight`` is the part of traits in the vectors, in [0, 1]; ``titles`` of items are for names.
    Same data, settings and seed: the same segments.
    """
    if not 0 <= trait_weight <= 1:
        raise InvalidInput("trait_weight", trait_weight, "must be between 0 and 1", "0 lets behaviour alone decide")
    people = taste(data, trait_weight=trait_weight, titles=titles or {}, seed=seed)
    placed = people.placed
    if len(placed) < 2:
        raise InvalidInput("data", data, "must have at least 2 people with a taste", "collect more behaviour first")
    if k is not None and not 1 <= k <= len(placed):
        raise InvalidInput("k", k, f"must be between 1 and the {len(placed):,} people with a taste")
    rng = np.random.default_rng(seed)
    sample = placed if len(placed) <= SAMPLE else np.sort(rng.choice(placed, SAMPLE, replace=False))
    vectors = people.vectors(sample)
    k, reason = (k, "asked for") if k is not None else _choose(vectors, rng)
    centroids = fit(vectors, k, rng)
    centroids, labels = _largest_first(centroids, _assign(people, centroids))
    quality = float(_widths(vectors, nearest(vectors, centroids)[0], rng).mean()) if k > 1 else 0.0
    stability, each = _stability(vectors, centroids, rng)
    found = zip(portraits(data, people, labels, k, titles or {}), each, strict=True)
    return Segmentation(
        segments=tuple(_segment(code, portrait, held, labels) for code, (portrait, held) in enumerate(found)),
        users=data.users,
        labels=labels,
        centroids=centroids,
        k=k,
        reason=reason,
        silhouette=quality,
        stability=stability,
        caution=_caution(stability),
        unplaced=int((labels < 0).sum()),
    )


def _choose(vectors: NDArray[np.float32], rng: np.random.Generator) -> tuple[int, str]:
    """How many, and why: the best mean silhouette, if any says that there are groups at all."""
    tried = range(2, min(MOST_TRIED, len(vectors) - 1) + 1)
    if not tried:
        return 1, f"{len(vectors)} people are too few to compare groupings"
    some = vectors if len(vectors) <= SILHOUETTE_SAMPLE else rng.choice(vectors, SILHOUETTE_SAMPLE, replace=False)
    width = {k: float(silhouette(some, nearest(some, fit(some, k, rng))[0]).mean()) for k in tried}
    best = max(width, key=lambda k: width[k])
    if width[best] > STRUCTURE:
        return best, f"best mean silhouette of {tried[0]} to {tried[-1]} segments: {width[best]:.2f} at {best}"
    k, steady = _slices(vectors, tried, rng)
    how = "the most that come back in halves of the people" if steady >= STEADY else "the number that comes back best"
    return k, (
        f"people differ by degree: no number of groups stands out (best silhouette {width[best]:.2f} at {best}, "
        f"groups begin above {STRUCTURE}), so {k} slices of a continuum, {how} (adjusted Rand {steady:.2f})"
    )


def _slices(vectors: NDArray[np.float32], tried: range, rng: np.random.Generator) -> tuple[int, float]:
    """(how many, how far they come back): the most that are `STEADY`, else the steadiest."""
    some = vectors if len(vectors) <= STEADY_SAMPLE else rng.choice(vectors, STEADY_SAMPLE, replace=False)
    if len(some) // 2 < tried[-1]:
        return tried[0], 0.0
    found = {k: _agreement(some, fit(some, k, rng, restarts=4), rng, TRIALS)[0] for k in tried}
    steady = [k for k in tried if found[k] >= STEADY]
    k = max(steady) if steady else max(found, key=lambda k: found[k])
    return k, found[k]


def _widths(vectors: NDArray[np.float32], labels: Labels, rng: np.random.Generator) -> NDArray[np.float64]:
    if len(vectors) > SILHOUETTE_SAMPLE:
        some = rng.choice(len(vectors), SILHOUETTE_SAMPLE, replace=False)
        vectors, labels = vectors[some], labels[some]
    return silhouette(vectors, labels)


def _assign(people: Taste, centroids: NDArray[np.float32]) -> Labels:
    """Everybody's nearest centroid, block by block; -1 for people without a vector."""
    labels = np.full(people.users, -1, np.int32)
    for start in range(0, len(people.placed), SAMPLE):
        block = people.placed[start : start + SAMPLE]
        labels[block] = nearest(people.vectors(block), centroids)[0]
    return labels


def _largest_first(centroids: NDArray[np.float32], labels: Labels) -> tuple[NDArray[np.float32], Labels]:
    order = np.argsort(-np.bincount(labels[labels >= 0], minlength=len(centroids)), kind="stable")
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return centroids[order], np.where(labels >= 0, rank[labels], np.int32(-1)).astype(np.int32)


def _stability(
    vectors: NDArray[np.float32], centroids: NDArray[np.float32], rng: np.random.Generator
) -> tuple[float | None, list[float | None]]:
    """Would other people have led to the same groups? Fit on random halves, assign everybody, compare all and each."""
    k, half = len(centroids), len(vectors) // 2
    if k == 1:
        return 1.0, [1.0]
    if half < k:
        return None, [None] * k
    agreement, overlap = _agreement(vectors, centroids, rng, RESAMPLES)
    return agreement, [float(x) for x in overlap]


def _agreement(
    vectors: NDArray[np.float32], centroids: NDArray[np.float32], rng: np.random.Generator, resamples: int
) -> tuple[float, NDArray[np.float64]]:
    """(adjusted Rand, best overlap of each group), means over random halves."""
    k, half = len(centroids), len(vectors) // 2
    labels = nearest(vectors, centroids)[0]
    agreement, overlap = [], []
    for _ in range(resamples):
        some = vectors[rng.choice(len(vectors), half, replace=False)]
        other = nearest(vectors, fit(some, k, rng, restarts=4))[0]
        agreement.append(adjusted_rand(labels, other))
        overlap.append(best_overlap(labels, other, k))
    return float(np.mean(agreement)), np.mean(overlap, axis=0)


def _caution(stability: float | None) -> str:
    if stability is None:
        return "too few people to say whether these segments would come out again"
    if stability < POOR:
        return (
            f"poorly reproducible: on other people's halves these segments agree to {stability:.2f} "
            f"only (adjusted Rand; below {POOR} is poor). Use them to describe, not to decide; fewer may hold better"
        )
    return ""


def _segment(code: int, portrait: Portrait, held: float | None, labels: Labels) -> Segment:
    size, placed = int((labels == code).sum()), int((labels >= 0).sum())
    return Segment(portrait.name, size, size / placed, portrait.attributes, portrait.items, code, held)


__all__ = ["Segment", "Segmentation", "Trait", "segments"]
