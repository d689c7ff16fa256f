"""Counts with differential privacy, and the budget that they draw on. Pure: random bits are handed in.

A count is answered as count + noise, the noise from the discrete Laplace distribution (Ghosh, Roughgarden, Sundararajan
2009; Canonne, Kamath, Steinke 2020):

    P(noise = z) = (1 - a) / (1 + a) a^|z|,   a = exp(-epsilon / sensitivity)

Whole numbers from the system's generator, because the low bits of floating-point noise give the count away (Mironov
2012). At epsilon 1 the variance is 2a / (1 - a)^2 = 1.84 and zero has the probability 0.462. Each person is counted
``most`` times at the most before anything is added up, which is the sensitivity.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable

from msgspec import Struct, structs

from salience.events import InvalidInput

_BITS = 62
LEAST = 1e-6
"""The smallest epsilon: noise of some millions, which leaves nothing of a count. Less has no use, and overflows."""


def geometric(epsilon: float, sensitivity: int, bits: Callable[[int], int]) -> int:
    """How often a coin of probability exp(-epsilon / sensitivity) comes up before it fails.

    By its inverse: the largest z with a^z >= u, u uniform on (0, 1] in steps of 2^-62. ``bits(n)``: n random bits.
    """
    u = bits(_BITS) + 1
    return math.floor((_BITS * math.log(2) - math.log(u)) * sensitivity / epsilon)


def discrete_laplace(epsilon: float, bits: Callable[[int], int], *, sensitivity: int = 1) -> int:
    """One draw: the difference of two geometric ones."""
    if not LEAST <= epsilon < math.inf or sensitivity < 1:
        raise InvalidInput("epsilon", epsilon, f"must be finite and at least {LEAST:g}, the sensitivity at least 1")
    return geometric(epsilon, sensitivity, bits) - geometric(epsilon, sensitivity, bits)


def bounded_count(rows: Iterable[Hashable], *, most: int = 1) -> int:
    """How many rows, of which nobody contributes more than ``most``. ``rows``: whose each row is.

    >>> bounded_count(["ann", "ann", "ann", "bob"]), bounded_count(["ann", "ann", "ann", "bob"], most=2)
    (2, 3)
    """
    seen: dict[Hashable, int] = {}
    for person in rows:
        seen[person] = seen.get(person, 0) + 1
    return sum(min(count, most) for count in seen.values())


class Exhausted(InvalidInput):
    """The budget is spent: another answer would give people away. Over HTTP this is a 429."""


class Budget(Struct, frozen=True):
    """Epsilon that was allowed and spent; epsilons of answers add up (basic composition).

    >>> Budget(1.0).spend(0.75).left
    0.25
    """

    allowed: float
    spent: float = 0.0

    @property
    def left(self) -> float:
        """What is left."""
        return self.allowed - self.spent

    def spend(self, epsilon: float) -> Budget:
        """The budget after one more answer; `Exhausted` if that is more than is left."""
        if epsilon > self.left + 1e-12:
            rule = f"is more than the {self.left:.3g} that are left of the budget of {self.allowed:.3g}"
            raise Exhausted("epsilon", epsilon, rule, "ask what was asked before, or wait for the next period")
        return structs.replace(self, spent=self.spent + epsilon)
