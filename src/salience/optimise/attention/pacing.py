"""Pacing: spend a budget over the day on what is worth most, in second-price auctions, without knowing the day before.

In hindsight the best is to win all auctions above one ratio of value to price; so the best bid is value / (1 + mu),
with the mu at which the budget just lasts. It is learned from the spending alone, by a step against the gap (Balseiro,
Gur, *Learning in repeated auctions with budgets*, Management Science 2019):

    mu <- max(0, mu - step (target - spent) / rate),   target = what is left / the auctions that are left.

The target follows what is left, so nothing remains and nothing is overspent: a bid that the purse could not pay is not
made. In a first-price auction the bid itself is paid and has to be shaded further; this is not for those.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from salience.events.fault import InvalidInput

STEP = 0.01
"""Of mu, for a spending that is off by the whole average of an auction."""


@dataclass
class Pacer:
    """The bids of one campaign. ``auctions``: how many are expected over its time.

    >>> pacer = Pacer(budget=10.0, auctions=100)
    >>> pacer.bid(0.4)
    0.4
    >>> pacer.settle(0.3); pacer.left
    9.7
    """

    budget: float
    auctions: int
    left: float = field(init=False)
    multiplier: float = field(init=False, default=0.0)
    _seen: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        if not (self.budget > 0 and self.auctions > 0):
            raise InvalidInput(
                "budget", self.budget, "is above 0, and so are the auctions", "stop the campaign instead"
            )
        self.left = self.budget

    def bid(self, value: float) -> float:
        """What to offer for something of this value; 0 where the purse could not pay it."""
        offer = value / (1.0 + self.multiplier)
        return offer if offer <= self.left else 0.0

    def settle(self, paid: float) -> None:
        """The end of one auction: what was paid, 0 if it was lost or not entered."""
        remaining = max(self.auctions - self._seen, 1)
        rate = self.budget / self.auctions
        self.multiplier = max(0.0, self.multiplier - STEP * (self.left / remaining - paid) / rate)
        self.left = max(self.left - paid, 0.0)
        self._seen += 1
