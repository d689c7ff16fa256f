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

    What is hidden could be worked out from the total if it were one group, or few people in all, so the smallest shown
    ones go with it until it is neither.

    >>> shown({"a": 40, "b": 12, "c": 3}).groups, shown({"a": 40, "b": 12, "c": 3}).hidden
    ({'a': 40}, 2)
    """
    good = {
        name: count
        for name, count in counts.items()
        if count >= k and (values is None or values.get(name, 0) >= DIVERSITY)
    }
    few = sum(counts.values()) - sum(good.values())
    while good and (0 < few < k or len(counts) - len(good) == 1):
        few += good.pop(min(good, key=lambda name: good[name]))
    return Shown(good, len(counts) - len(good))


def shown_steps(counts: Sequence[int], *, k: int = CONSOLE) -> tuple[int, ...]:
    """Places of the counts of a funnel that may be shown: each is a part of the one before.

    A step is hidden where fewer than ``k`` came so far, and where fewer than ``k`` were lost since the step that is
    shown before it: what two counts differ by is a group as well.

    >>> shown_steps([100, 97, 60, 4]), shown_steps([100, 100, 60, 0])
    ((0, 2), (0, 1, 2, 3))
    """
    found: list[int] = []
    for place, count in enumerate(counts):
        lost = counts[found[-1]] - count if found else 0
        if (many(count, k) if found else count >= k) and many(lost, k):
            found.append(place)
    return tuple(found)


def shown_parts(parts: Sequence[int], sizes: Sequence[int], *, k: int = CONSOLE) -> tuple[int, ...]:
    """Places of groups of which it may be shown how many did something: ``parts`` of ``sizes`` people each.

    Those who did and those who did not are nobody or at least ``k``, in each group and, as the total is known, in all
    that is hidden; so the smallest shown groups go with it, until that is so.

    >>> shown_parts([20, 4, 0, 30], [60, 50, 40, 90])
    (2, 3)
    """
    both = list(zip(parts, sizes, strict=True))
    good = [n for n, (part, size) in enumerate(both) if many(part, k) and many(size - part, k)]
    good.sort(key=lambda n: (0 < parts[n] < sizes[n], -sizes[n]))  # groups of one kind alone would hide nobody else
    while good and len(good) < len(parts):
        hidden = set(range(len(parts))).difference(good)
        part = sum(parts[n] for n in hidden)
        if len(hidden) > 1 and many(part, k) and many(sum(sizes[n] for n in hidden) - part, k):
            break
        good.pop()
    return tuple(sorted(good))


def many(people: int, k: int = CONSOLE) -> bool:
    """Nobody, or enough to hide each."""
    return people == 0 or people >= k


def enough_for_push(people: Sequence[str], *, k: int = PUSH) -> Sequence[str]:
    """The audience itself; `InvalidInput` for one that is too small to hide anybody in."""
    if len(set(people)) < k:
        raise InvalidInput("audience", len(set(people)), f"has fewer than {k} people", "widen it")
    return people
