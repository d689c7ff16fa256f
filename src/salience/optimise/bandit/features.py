"""What a request says of its context and its actions, as names with numbers, and those as places in a table of weights.

A text or a boolean becomes ``name=value`` with 1; a number keeps its value; objects join their names with a dot; lists
of numbers are numbered. Nothing is learned from null. Weinberger et al. (2009): products of features are hashed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from math import isfinite
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BITS = 16
DEEPEST = 8
MOST = 256
"""Features of one list that are looked at; the rest is left out."""
_MIX = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(64 - BITS)


class Named(NamedTuple):
    """Features: their names and values, in the order given."""

    names: tuple[str, ...]
    values: tuple[float, ...]


NOTHING = Named((), ())


def flat(features: Sequence[Mapping[str, Any]]) -> Named:
    """Names and values.

    >>> flat([{"user": {"device": "phone", "age": 31, "vip": True}}, {"mood": None, "taste": ["tea", "rice"]}])
    Named(names=('user.device=phone', 'user.age', 'user.vip=True', 'taste=tea', 'taste=rice'), \
values=(1.0, 31.0, 1.0, 1.0, 1.0))
    """
    if not features:
        return NOTHING
    found: dict[str, float] = {}
    for part in features:
        for name, value in _walked(part):
            found.setdefault(name, value)
            if len(found) >= MOST:
                return Named(tuple(found), tuple(found.values()))
    return Named(tuple(found), tuple(found.values())) if found else NOTHING


def _walked(part: Mapping[str, Any]) -> Iterable[tuple[str, float]]:
    """Most contexts are one flat object of numbers and words: those need no walk."""
    found = []
    for name, value in part.items():
        kind = type(value)
        if kind is float or kind is int:
            if value and isfinite(value):
                found.append((name, float(value)))
        elif kind is str or kind is bool:
            found.append((f"{name}={value}", 1.0))
        else:
            return _walk("", part, 0)
    return found


def _walk(name: str, value: Any, depth: int) -> Iterator[tuple[str, float]]:
    if isinstance(value, str | bool):
        yield f"{name}={value}", 1.0
    elif isinstance(value, int | float):
        if np.isfinite(value) and value != 0:
            yield name, float(value)
    elif depth < DEEPEST and isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _walk(f"{name}.{key}" if name else str(key), inner, depth + 1)
    elif depth < DEEPEST and isinstance(value, Sequence):
        for at, inner in enumerate(value):
            yield from _walk(name if isinstance(inner, str | Mapping) else f"{name}[{at}]", inner, depth + 1)


@lru_cache(maxsize=65_536)
def hashed(name: str) -> int:
    """32 bits that are the same in every process."""
    return crc32(name.encode("utf-8", "surrogatepass"))


def cells(left: NDArray[np.uint64], right: NDArray[np.uint64]) -> NDArray[np.int64]:
    """(len(left), len(right)) place of each product in a table of 2^16 weights."""
    with np.errstate(over="ignore"):
        mixed = (left[:, None] * _MIX + right[None, :]) * _MIX
    return (mixed >> _SHIFT).astype(np.int64)


def hashes(names: Sequence[str]) -> NDArray[np.uint64]:
    """Those of many names."""
    return np.array([hashed(name) for name in names], np.uint64)
