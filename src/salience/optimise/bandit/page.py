"""A page of several slots, drawn from the top: no action twice, every probability exact.

p(page) = product over slots l of p_l(a_l | a_1 ... a_(l-1)), where p_l is the policy's distribution over what may still
stand in slot l: allowed there, not taken above, not promised to another slot, and leaving an action for every slot
below (a bipartite matching, Kuhn 1955). So the draw never runs into a dead end, and nothing is drawn twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from salience.optimise.bandit.beliefs import Floats

Flags = NDArray[np.bool_]


class Page(NamedTuple):
    """``chosen``: (L,) actions; ``chance``: (L, K) conditional probabilities, 0 for what could not stand there."""

    chosen: tuple[int, ...]
    chance: Floats

    @property
    def probability(self) -> float:
        """Of the page as a whole."""
        return float(np.prod(self.chance[np.arange(len(self.chosen)), list(self.chosen)]))


def draw(
    allowed: Flags,
    pinned: Mapping[int, int],
    chance: Callable[[int, NDArray[np.int64]], Floats],
    luck: Sequence[float],
) -> Page | None:
    """``allowed``: (L, K). ``pinned``: slot -> action. ``chance(slot, actions)``: probabilities of these, summing to 1.

    ``luck``: (L,) uniforms. None if no page gives every slot an action of its own.

    >>> page = draw(np.ones((2, 2), bool), {}, lambda slot, left: np.full(len(left), 1 / len(left)), [0.7, 0.1])
    >>> page.chosen, page.probability
    ((1, 0), 0.5)
    """
    slots, k = allowed.shape
    allowed = allowed.copy()
    for slot, action in pinned.items():
        allowed[:, action] = False
        allowed[slot] = False
        allowed[slot, action] = True
    if not (allowed.any() if slots == 1 else _match(allowed, range(slots), frozenset())):
        return None
    free = slots == 1 or (not pinned and bool(allowed.all()))  # then any page is possible that repeats nothing
    found = np.zeros((slots, k))
    chosen: list[int] = []
    for slot in range(slots):
        taken = frozenset(chosen)
        left = [a for a in np.flatnonzero(allowed[slot]).tolist() if a not in taken]
        if not free:
            left = [a for a in left if _match(allowed, range(slot + 1, slots), taken | {a})]
        rows = np.array(left, np.int64)
        found[slot, rows] = chance(slot, rows) if len(rows) > 1 else 1.0
        total = np.cumsum(found[slot, rows])
        at = int(np.searchsorted(total / total[-1], luck[slot], side="right"))
        chosen.append(int(rows[min(at, len(rows) - 1)]))
    return Page(tuple(chosen), found)


def _match(allowed: Flags, slots: range, taken: frozenset[int]) -> bool:
    """Whether each of the slots can have an action of its own."""
    owner: dict[int, int] = {}
    return all(_placed(allowed, slot, set(taken), owner) for slot in slots)


def _placed(allowed: Flags, slot: int, tried: set[int], owner: dict[int, int]) -> bool:
    """Give a slot an action; whoever had it is given another one, if there is one that was not tried yet."""
    for action in np.flatnonzero(allowed[slot]).tolist():
        if action not in tried:
            tried.add(action)
            if action not in owner or _placed(allowed, owner[action], tried, owner):
                owner[action] = slot
                return True
    return False
