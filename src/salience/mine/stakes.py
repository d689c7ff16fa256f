"""What a rule is worth: the baskets with both sides beyond what chance would give, and what was paid in them.

With n baskets and shares s, the leverage D = s(left and right) - s(left) s(right) says that n D baskets hold both sides
beyond chance. Its variance (Weir 1979, "Inferences about linkage disequilibrium", for two marks of one thing) is

    Var(D) = (s_l (1 - s_l) s_r (1 - s_r) + (1 - 2 s_l) (1 - 2 s_r) D - D^2) / n,

so the interval is n D +- 1.96 n sqrt(Var(D)). The money is that times what was paid for the right side in a basket that
holds it, taken as it was. This is what goes along with the left side today. It is not what an offer would add: people
who buy both anyway would have bought both. Only an experiment tells that.
"""

from __future__ import annotations

from math import sqrt

from msgspec import Struct

from salience.mine.rules import Rule

WIDE = 1.959963984540054  # standard errors on each side of a 95 % interval


class Stake(Struct, frozen=True):
    """``baskets`` beyond chance and the ``money`` in them, each with its 95 % interval; money None without prices."""

    baskets: float
    baskets_low: float
    baskets_high: float
    money: float | None
    money_low: float | None
    money_high: float | None


def stake(rule: Rule, paid: float | None = None) -> Stake:
    """Of one rule; ``paid``: for the right side, on average, in a basket that holds it.

    >>> from salience.events.interactions import Interactions
    >>> from salience.mine.rules import rules
    >>> rows = [(str(n), item, 1, 0) for n in range(100) for item in (("tea", "milk") if n < 30 else ("salt",))]
    >>> shop = Interactions.from_rows(rows)
    >>> found = stake(rules(shop.matrix, shop.items, min_support=0.3, min_confidence=0.9)[0], paid=2.0)
    >>> found.money, [round(edge, 1) for edge in (found.baskets, found.baskets_low, found.baskets_high)]
    (42.0, [21.0, 17.4, 24.6])
    """
    n = rule.count / rule.support
    left, right, d = rule.left_count / n, rule.right_count / n, rule.leverage
    variance = (left * (1 - left) * right * (1 - right) + (1 - 2 * left) * (1 - 2 * right) * d - d * d) / n
    half = WIDE * n * sqrt(max(variance, 0.0))
    edges = (n * d, n * d - half, n * d + half)
    return Stake(*edges, *((None, None, None) if paid is None else (edge * paid for edge in edges)))


__all__ = ["Stake", "stake"]
