"""Small groups are not revealed: k-anonymity (Sweeney 2002) and l-diversity (Machanavajjhala et al. 2007). Pure.

A group is shown only with at least ``k`` people, and only if a sensitive column has at least ``l`` values in it:
otherwise whoever knows that somebody is in the group knows the value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from salience.events import InvalidInput

CONSOLE, PUSH, DIVERSITY = 10, 50, 2
"""People in a breakdown of the console, in a push to a channel; values of a sensitive column in any group."""

Key = TypeVar("Key")


class Shown(NamedTuple, Generic[Key]):
    """The groups that may be shown, and how many were held back."""

    groups: dict[Key, int]
    hidden: int


def shown(counts: Mapping[Key, int], *, k: int = CONSOLE, values: Mapping[Key, int] | None = None) -> Shown[Key]:
    """Groups of at least ``k`` people. ``values``: distinct values of a sensitive column in each.

    One hidden group beside shown ones could be worked out from the total, so the smallest shown one goes with it.

    >>> shown({"a": 40, "b": 12, "c": 3}).groups, shown({"a": 40, "b": 12, "c": 3}).hidden
    ({'a': 40}, 2)
    """
    good = {
        name: count
        for name, count in counts.items()
        if count >= k and (values is None or values.get(name, 0) >= DIVERSITY)
    }
    if len(counts) - len(good) == 1 and good:
        good.pop(min(good, key=lambda name: good[name]))
    return Shown(good, len(counts) - len(good))


def enough_for_push(people: Sequence[str], *, k: int = PUSH) -> Sequence[str]:
    """The audience itself; `InvalidInput` for one that is too small to hide anybody in."""
    if len(set(people)) < k:
        raise InvalidInput("audience", len(set(people)), f"has fewer than {k} people", "widen it")
    return people
