"""Nested properties as flat, typed ones: ``{"a": {"b": [1]}}`` -> ``{"a.b.0": 1}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from salience.events import Scalar


def flat(value: Any, prefix: str = "") -> dict[str, Scalar]:
    """Every leaf under its path, in order. Empty objects and lists leave nothing.

    >>> flat({"plan": "pro", "seats": {"used": 3}, "tags": ["a", None]}, "p")
    {'p.plan': 'pro', 'p.seats.used': 3, 'p.tags.0': 'a', 'p.tags.1': None}
    """
    if isinstance(value, Mapping):
        steps = value.items()
    elif isinstance(value, list | tuple):
        steps = enumerate(value)  # type: ignore[assignment]
    else:
        return {prefix: value}
    found: dict[str, Scalar] = {}
    for name, inner in steps:
        found |= flat(inner, f"{prefix}.{name}" if prefix else str(name))
    return found
