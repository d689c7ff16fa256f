"""Groups of things that are described by numbers: people by what they spend, items by how they sell.

Columns with a long tail are taken as log(1 + x), all are standardised. How many groups there are is decided by whether
they come back: for each number the things are drawn again with replacement, grouped, and both groupings compared
(adjusted Rand, Hubert & Arabie 1985). Of the numbers that come back to 0.8 and more the largest is taken, because more
groups say more: the rule of prediction strength (Tibshirani & Walther 2005) on another measure. Whether there are
groups at all is a second question: columns shuffled against each other have the same tails and no groups, and if they
separate as well, what was found are slices, and the answer says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from salience.events import InvalidInput
from salience.mine.groups import Labels, Points, density, kmeans, minibatch, mixture, nearest, squared
from salience.mine.kmeans import adjusted_rand

Tried: TypeAlias = dict[int, tuple[float, float]]
Method: TypeAlias = Literal["kmeans", "minibatch", "mixture", "density"]

MOST_TRIED = 8
RESAMPLES = 20
STABLE = 0.8
"""Adjusted Rand index from which a grouping comes back."""

MARGIN = 0.02
"""Above `STABLE` when a number is chosen: about the standard error of the mean of `RESAMPLES` comparisons."""

ALIKE = 0.9
"""Correlation from which two columns say the same, and only one of them is worth a word in a name."""

SAMPLE = 2_000
"""Things that silhouettes and resamples are computed on."""

MANY = 50_000
"""Things from which k-means works in batches."""

TAIL = 1.5
"""Skewness from which a column without negative values is taken as log(1 + x)."""

NOTABLE = 0.4
"""Standard deviations from the mean of all from which a column is worth a word."""

WORDS = 2


class Mark(Struct, frozen=True):
    """One column of a cluster: its ``median`` there, ``overall`` that of all, ``z`` the mean in deviations of all."""

    column: str
    median: float
    overall: float
    z: float


class Cluster(Struct, frozen=True):
    """``marks`` set it apart, the farthest first. ``label`` is its number in `Clustering.labels`."""

    name: str
    label: int
    size: int
    share: float
    marks: tuple[Mark, ...]


class Clustering(Struct, frozen=True):
    """``clusters``, largest first. ``labels``: one per row, -1 for rows in no cluster (``outside``).

    ``stability``: mean adjusted Rand over resamples. ``silhouette`` of the grouping, ``shuffled`` the largest of
    groupings of shuffled columns; ``clear`` if the first is above the second and the grouping comes back. ``reason``
    and ``verdict`` in words; ``tried``: number -> (stability, silhouette).
    """

    method: str
    clusters: tuple[Cluster, ...]
    labels: tuple[int, ...]
    stability: float
    silhouette: float
    shuffled: float
    clear: bool
    reason: str
    verdict: str
    tried: Tried
    logged: tuple[str, ...]
    outside: int


Grouping: TypeAlias = "Callable[[Points], Labels]"


def clusters(
    table: NDArray[np.float64],
    columns: Sequence[str],
    *,
    k: int | None = None,
    method: Method = "kmeans",
    seed: int = 0,
) -> Clustering:
    """Group the rows of ``table`` (things x columns, finite). Same data, settings and seed: the same clusters."""
    _check(table, columns, k, method)
    rng = np.random.default_rng(seed)
    points, logged = _standard(table, columns)
    if method == "kmeans" and len(points) > MANY:
        method = "minibatch"
    some = points if len(points) <= SAMPLE else points[rng.choice(len(points), SAMPLE, replace=False)]
    tried: Tried = {}
    reason = "asked for"
    if method == "density":
        reason = "as many as there are dense places"
    elif k is None:
        k, reason = _choose(some, method, tried, rng)
    group = _fit(points, k or 0, method, rng)
    labels = _largest_first(group(points))
    stability = tried[k][0] if k in tried else _stability(some, k or 0, method, rng)
    width = _silhouette(some, group(some))
    shuffled = max(_shuffled(some, k or int(labels.max()) + 1, method, rng) for _ in range(5))
    clear = stability >= STABLE and width > shuffled and labels.max() > 0
    return Clustering(
        method=method,
        clusters=tuple(_portraits(table, points, labels, columns)),
        labels=tuple(labels.tolist()),
        stability=stability,
        silhouette=width,
        shuffled=shuffled,
        clear=bool(clear),
        reason=reason,
        verdict=_verdict(stability, width, shuffled, int(labels.max()) + 1),
        tried=tried,
        logged=logged,
        outside=int((labels < 0).sum()),
    )


def _check(table: NDArray[np.float64], columns: Sequence[str], k: int | None, method: str) -> None:
    if method not in ("kmeans", "minibatch", "mixture", "density"):
        raise InvalidInput("method", method, "must be one of kmeans, minibatch, mixture, density")
    if table.ndim != 2 or table.shape[1] != len(columns) or not len(columns):
        raise InvalidInput("table", table.shape, f"must have the {len(columns)} columns that are named")
    if not np.isfinite(table).all():
        raise InvalidInput("table", "nan", "has missing values", "fill them first: salience.prepare.recipe")
    if len(table) < 10:
        raise InvalidInput("table", len(table), "has fewer than 10 rows to group", "bring more of them")
    if k is not None and not 2 <= k < len(table):
        raise InvalidInput("k", k, f"must be between 2 and {len(table) - 1:,}")


def _standard(table: NDArray[np.float64], columns: Sequence[str]) -> tuple[Points, tuple[str, ...]]:
    """Columns with mean 0 and deviation 1; a column without spread says nothing and becomes 0."""
    made, logged = table.astype(np.float64), []
    for at, name in enumerate(columns):
        column = made[:, at]
        spread = column.std()
        skew = float((((column - column.mean()) / spread) ** 3).mean()) if spread > 0 else 0.0
        if column.min() >= 0 and skew > TAIL:
            made[:, at] = np.log1p(column)
            logged.append(name)
    spread = made.std(axis=0)
    return (made - made.mean(axis=0)) / np.where(spread > 0, spread, 1.0), tuple(logged)


def _fit(points: Points, k: int, method: str, rng: np.random.Generator) -> Grouping:
    if method == "density":
        found, radius = density(points)
        held = points[found >= 0]
        known = found[found >= 0]

        def near(others: Points) -> Labels:
            """The group of the nearest grouped point, if it is within the radius."""
            if not len(held):
                return np.full(len(others), -1)
            away = squared(others, held)
            return np.where(away.min(axis=1) <= radius**2 * (1 + 1e-9), known[away.argmin(axis=1)], -1)

        return near if len(points) <= SAMPLE else lambda _: found
    if method == "mixture":
        return mixture(points, k, rng).labels
    centres = minibatch(points, k, rng) if method == "minibatch" else kmeans(points, k, rng)
    return lambda others: nearest(others, centres)


def _choose(
    some: Points, method: str, tried: dict[int, tuple[float, float]], rng: np.random.Generator
) -> tuple[int, str]:
    """The best separated of the numbers that come back; a mixture's number is that of the best BIC."""
    most = min(MOST_TRIED, len(some) // 5)
    for k in range(2, most + 1):
        tried[k] = _stability(some, k, method, rng), _silhouette(some, _fit(some, k, method, rng)(some))
    if method == "mixture":
        bic = {k: mixture(some, k, rng).bic for k in range(1, most + 1)}
        k = min(bic, key=lambda size: bic[size])
        return max(k, 2), f"the best BIC of 1 to {most} groups is at {k}"
    stable = [k for k, (agree, _) in tried.items() if agree >= STABLE + MARGIN]
    if not stable:
        k = max(tried, key=lambda size: tried[size][0])
        return k, f"no number of 2 to {most} comes back to {STABLE}; {k} comes nearest with {tried[k][0]:.2f}"
    k = max(stable)
    told = ", ".join(map(str, stable))
    return k, f"of 2 to {most} groups, {told} come back to {STABLE} and more; the most of them say most"


def _stability(some: Points, k: int, method: str, rng: np.random.Generator) -> float:
    whole = _fit(some, k, method, rng)(some)
    found = []
    for _ in range(RESAMPLES):
        again = _fit(some[rng.integers(0, len(some), len(some))], k, method, rng)(some)
        found.append(adjusted_rand(whole + 1, again + 1))
    return float(np.mean(found))


def _silhouette(points: Points, labels: Labels) -> float:
    """Mean of (b - a) / max(a, b) over the points in a group (Rousseeuw 1987); 0 with fewer than two groups."""
    inside = labels >= 0
    points, labels = points[inside], labels[inside]
    known, labels = np.unique(labels, return_inverse=True)
    if len(known) < 2:
        return 0.0
    away = np.sqrt(squared(points, points))
    np.fill_diagonal(away, 0)
    member = np.eye(len(known))[labels]
    size = member.sum(axis=0)
    total = away @ member
    row = np.arange(len(labels))
    a = total[row, labels] / np.maximum(size[labels] - 1, 1)
    mean = total / size
    mean[row, labels] = np.inf
    b = mean.min(axis=1)
    width = np.where(size[labels] > 1, (b - a) / np.maximum(np.maximum(a, b), 1e-300), 0.0)
    return float(width.mean())


def _shuffled(some: Points, k: int, method: str, rng: np.random.Generator) -> float:
    """The silhouette where every column keeps its values and nothing goes together."""
    apart = np.column_stack([rng.permutation(column) for column in some.T])
    return _silhouette(apart, _fit(apart, max(k, 2), method, rng)(apart))


def _largest_first(labels: Labels) -> Labels:
    if not (labels >= 0).any():
        return labels
    size = np.bincount(labels[labels >= 0])
    rank = np.empty(len(size), np.int64)
    rank[np.argsort(-size, kind="stable")] = np.arange(len(size))
    return np.where(labels >= 0, rank[labels], -1)


def _portraits(table: NDArray[np.float64], points: Points, labels: Labels, columns: Sequence[str]) -> list[Cluster]:
    k = int(labels.max()) + 1
    overall = np.median(table, axis=0)
    spread = points.std(axis=0) > 0
    alike = np.eye(len(columns), dtype=bool)
    alike[np.ix_(spread, spread)] = np.abs(np.corrcoef(points[:, spread], rowvar=False)) >= ALIKE
    made, words = [], []
    for label in range(k):
        mine = labels == label
        z, middle = points[mine].mean(axis=0), np.median(table[mine], axis=0)
        order = np.argsort(-np.abs(z), kind="stable")
        marks = tuple(Mark(columns[at], float(middle[at]), float(overall[at]), float(z[at])) for at in order.tolist())
        words.append(_own([(at, z[at] > 0) for at in order.tolist() if abs(z[at]) >= NOTABLE], columns, alike))
        made.append(Cluster("", label, int(mine.sum()), float(mine.mean()), marks))
    return [Cluster(name, c.label, c.size, c.share, c.marks) for name, c in zip(_names(words), made, strict=True)]


def _own(found: Sequence[tuple[int, bool]], columns: Sequence[str], alike: NDArray[np.bool_]) -> list[tuple[str, bool]]:
    """Without columns that say the same as one before them."""
    kept: list[int] = []
    for at, _ in found:
        if not any(alike[at, other] for other in kept):
            kept.append(at)
    return [(columns[at], up) for at, up in found if at in kept]


def _names(words: Sequence[Sequence[tuple[str, bool]]]) -> list[str]:
    """The two most telling columns of each; a third where two clusters share both, then a number."""
    made = [_name(found[:WORDS]) for found in words]
    twice = [made.count(name) > 1 for name in made]
    made = [_name(found[: WORDS + 1]) if again else name for found, name, again in zip(words, made, twice, strict=True)]
    seen: dict[str, int] = {}
    for at, name in enumerate(made):
        seen[name] = seen.get(name, 0) + 1
        made[at] = name if seen[name] == 1 else f"{name} ({seen[name]})"
    return made


def _name(words: Sequence[tuple[str, bool]]) -> str:
    """``high orders and money, low recency``."""
    sides = [(side, [column for column, high in words if high == up]) for side, up in (("high", True), ("low", False))]
    return ", ".join(f"{side} {' and '.join(columns)}" for side, columns in sides if columns) or "average"


def _verdict(stability: float, width: float, shuffled: float, k: int) -> str:
    if k < 2:
        return "no clusters: everything lies in one place, or in none"
    if stability < STABLE:
        return (
            f"no clear clusters: drawn again, the groups agree to {stability:.2f} only (adjusted Rand; {STABLE} would "
            "be needed). Use them to describe, not to decide"
        )
    if width <= shuffled:
        return (
            f"no clear clusters, but slices that come back ({stability:.2f}): they separate no better than shuffled "
            f"columns do (silhouette {width:.2f} against {shuffled:.2f}). People differ by degree"
        )
    better = f"{width:.2f} against {shuffled:.2f}"
    return f"clear clusters: they come back ({stability:.2f}) and separate better than chance ({better})"
