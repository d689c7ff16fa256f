"""The arrays of several models in one mapping, so that a hybrid is saved like any other model: as numbers only.

The part k keeps its arrays under "k." and its kind as the bytes of its name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from salience.events.interactions import IdMap
from salience.models.model import Arrays, Model


def packed(parts: Sequence[Model]) -> Arrays:
    """All arrays of the parts, and how many parts there are."""
    out: Arrays = {"parts": np.array(len(parts))}
    for number, part in enumerate(parts):
        out[f"{number}.kind"] = np.frombuffer(part.kind.encode(), dtype=np.uint8)
        out |= {f"{number}.{name}": array for name, array in part.arrays().items()}
    return out


def unpacked(items: IdMap, arrays: Mapping[str, NDArray[Any]]) -> tuple[Model, ...]:
    """The parts again. A kind that no loaded model has raises ValueError."""
    kinds = _kinds(Model)  # type: ignore[type-abstract] # only its concrete children are built
    parts = []
    for number in range(int(arrays["parts"].item())):
        prefix = f"{number}."
        own = {name[len(prefix) :]: array for name, array in arrays.items() if name.startswith(prefix)}
        kind = own.pop("kind").astype(np.uint8).tobytes().decode()
        if kind not in kinds:
            raise ValueError(f"part {number}: of the unknown kind {kind!r}")
        parts.append(kinds[kind].from_arrays(items, own))
    return tuple(parts)


def _kinds(model: type[Model]) -> dict[str, type[Model]]:
    """Kind -> class of every fitted type that has been imported."""
    found = {model.kind: model} if "kind" in vars(model) else {}
    for child in model.__subclasses__():
        found |= _kinds(child)
    return found
