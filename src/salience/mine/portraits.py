"""What a group of people looks like: the attributes, traits and items that set it apart, and a name made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy import sparse

from salience.events.interactions import Interactions
from salience.mine.kmeans import Labels
from salience.mine.significance import false_discovery, hypergeometric_tail
from salience.mine.taste import RARE, WORD, Taste
from salience.prepare.text.segment import words

SHOWN = 5
"""Attributes and items per portrait."""

NOTABLE = 1.1
"""A lift that is worth a word in a name: a tenth above everybody's share."""

FALSE = 0.05
"""The share of false discoveries accepted among the traits said to be more frequent in a group."""

NO_TITLES: Mapping[str, str] = {}
LONG = 40
"""Letters of a title in a name."""

Table = NDArray[np.float64]


class Trait(Struct, frozen=True):
    """``share`` within the group, ``overall`` over everybody, ``lift`` = share / overall. ``name`` as in `Attributes`.

    For an attribute of items the shares are of what the people want, for a trait of the people themselves.
    """

    name: str
    share: float
    overall: float
    lift: float


@dataclass(frozen=True)
class Portrait:
    """A name, what sets the group apart, and example items."""

    name: str
    attributes: tuple[Trait, ...]
    items: tuple[str, ...]


def portraits(
    data: Interactions, people: Taste, labels: Labels, k: int, titles: Mapping[str, str] = NO_TITLES
) -> list[Portrait]:
    """One per group, in order of label. Names are all different; where items name a group, by their ``titles``."""
    items = _examples(data, labels, k)
    wanted: list[list[Trait]] = [[] for _ in range(k)]
    if people.names:
        wanted = _telling(people.names, _means(people.shares, labels, k), people.overall)
    own = _own_traits(data, labels, k)
    words = [
        [_word(trait.name) for trait in best] or _short(shown, titles)
        for best, shown in zip(wanted, items, strict=True)
    ]
    return [
        Portrait(name, (*best[:SHOWN], *traits[:SHOWN]), shown)
        for name, best, traits, shown in zip(
            _names(words, _phrases(people.names, titles)), wanted, own, items, strict=True
        )
    ]


def _short(items: Sequence[str], titles: Mapping[str, str]) -> list[str]:
    return [" ".join(titles.get(item, item).split())[:LONG] for item in items]


def _member(labels: Labels, k: int) -> Any:
    placed = np.flatnonzero(labels >= 0)
    return sparse.csr_array((np.ones(len(placed)), (labels[placed], placed)), shape=(k, len(labels)))


def _means(values: Any, labels: Labels, k: int) -> Table:
    """Group x column: the mean over the group's people."""
    member = _member(labels, k)
    size = np.maximum(np.asarray(member.sum(axis=1), np.float64), 1)
    total: Table = np.asarray((member @ values).todense(), np.float64)
    return total / size[:, None]


def _telling(names: Sequence[str], share: Table, overall: Table) -> list[list[Trait]]:
    """Per group, what is notably more frequent than over all, the largest (share - overall) / sqrt(overall) first.

    The same measure as in the vectors: lift alone would name groups after what hardly anybody wants.
    """
    base = np.maximum(overall, 1e-12)
    score = (share - base) / np.sqrt(base)
    lift = share / base
    telling = []
    for row in range(len(share)):
        order = [code for code in np.argsort(-score[row], kind="stable") if lift[row, code] >= NOTABLE]
        telling.append([Trait(names[c], float(share[row, c]), float(overall[c]), float(lift[row, c])) for c in order])
    return telling


def _own_traits(data: Interactions, labels: Labels, k: int) -> list[list[Trait]]:
    """Per group the traits that more of its people have than chance explains: Fisher's test, 5 % false discoveries."""
    if data.traits is None:
        return [[] for _ in range(k)]
    placed = labels >= 0
    n = int(placed.sum())
    values: Any = data.traits.values
    has = np.bincount(values[np.flatnonzero(placed)].indices, minlength=len(data.traits.names))
    common = [code for code, name in enumerate(data.traits.names) if "=" in name and has[code] >= RARE * n]
    names = [data.traits.names[code] for code in common]
    chosen: Any = values[:, common]
    share = _means(chosen, labels, k)
    size = np.bincount(labels[placed], minlength=k)[:, None]
    count = np.rint(share * size).astype(np.int64)
    sizes, totals = np.broadcast_arrays(size, has[common])
    chance = hypergeometric_tail(count.ravel(), sizes.ravel(), totals.ravel(), n)
    real = (false_discovery(chance) <= FALSE).reshape(count.shape)
    found = _telling(names, share, has[common] / n)
    return [[trait for trait in group if real[row, names.index(trait.name)]] for row, group in enumerate(found)]


def _examples(data: Interactions, labels: Labels, k: int) -> list[tuple[str, ...]]:
    """Per group the items whose part of its people is furthest above that of everybody, in standard errors."""
    seen: Any = data.matrix.copy()
    seen.data = (seen.data > 0).astype(np.float32)
    count = np.asarray((_member(labels, k) @ seen).todense(), np.float64)
    size = np.bincount(labels[labels >= 0], minlength=k).astype(np.float64)[:, None]
    overall = count.sum(axis=0) / max(float(size.sum()), 1)
    expected = size * overall
    score = (count - expected) / np.sqrt(np.maximum(expected * (1 - overall), 1e-12))
    score[count <= expected] = -np.inf
    best = np.argsort(-score, axis=1, kind="stable")[:, :SHOWN]
    return [tuple(data.items.names[c] for c in best[row] if np.isfinite(score[row, c])) for row in range(k)]


def _word(name: str) -> str:
    """``category=Sci-Fi`` -> ``Sci-Fi``."""
    return name.split("=", 1)[-1]


def _phrases(names: Sequence[str], titles: Mapping[str, str]) -> list[str]:
    """The titles, where their words are what tells groups apart."""
    return [title.casefold() for title in titles.values()] if any(name.startswith(WORD) for name in names) else []


def _together(first: str, second: str, titles: Sequence[str]) -> str:
    """``jumbo bag``, as titles have it, where at least half of those with the rarer word have both side by side; else
    ``jumbo & bag``.

    >>> _together("bag", "jumbo", ["jumbo bag red", "lunch bag", "jumbo bag pink"]), _together("sign", "tea", ["tea"])
    ('jumbo bag', 'sign & tea')
    """
    a, b = first.casefold(), second.casefold()
    told = [list(words(title)) for title in titles]
    rarer = min(sum(word in one for one in told) for word in (a, b))
    beside = [set(pairwise(one)) for one in told]
    ways = ((a, b, f"{first} {second}"), (b, a, f"{second} {first}"))
    often, phrase = max((sum((x, y) in pairs for pairs in beside), phrase) for x, y, phrase in ways)
    return phrase if 2 * often >= rarer > 0 else f"{first} & {second}"


def _names(words: Sequence[Sequence[str]], titles: Sequence[str] = ()) -> list[str]:
    """The two most telling words of each group; where that does not tell groups apart, a third, then a number."""
    nothing = "Everybody" if len(words) == 1 else "Everybody else"
    made = [_together(w[0], w[1], titles) if len(w) > 1 else "".join(w) or nothing for w in words]
    for code, name in enumerate(made):
        if made.count(name) > 1 and len(words[code]) > 2:
            made[code] = f"{name} & {words[code][2]}"
    taken: dict[str, int] = {}
    unique = []
    for name in made:
        taken[name] = taken.get(name, 0) + 1
        unique.append(name if taken[name] == 1 else f"{name} ({taken[name]})")
    return unique
