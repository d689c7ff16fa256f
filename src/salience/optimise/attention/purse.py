"""A purse that many workers share, and that is never overdrawn: reserve before, settle after.

Caps that are counted after the fact overspend by whatever is under way. Here an offer is taken out of the purse before
the auction, and what was not paid comes back. ``held`` plus ``spent`` never exceeds the limit, whoever asks when.
"""

from __future__ import annotations

import threading

from salience.events.fault import InvalidInput


class Purse:
    """Money, impressions, or messages: anything with a limit.

    >>> purse = Purse(1.0)
    >>> purse.reserve(0.75), purse.reserve(0.5)
    (True, False)
    >>> purse.settle(0.75, 0.25); purse.left
    0.75
    """

    def __init__(self, limit: float) -> None:
        self.limit, self.spent, self.held = limit, 0.0, 0.0
        self._turn = threading.Lock()

    @property
    def left(self) -> float:
        """What may still be reserved."""
        with self._turn:
            return self.limit - self.spent - self.held

    def reserve(self, amount: float) -> bool:
        """Take an amount out until `settle`; False, and nothing taken, where it is not there."""
        if amount < 0:
            raise InvalidInput("amount", amount, "is 0 or more")
        with self._turn:
            if self.spent + self.held + amount > self.limit:
                return False
            self.held += amount
            return True

    def settle(self, reserved: float, paid: float) -> None:
        """What came of a reservation; the rest goes back."""
        if not 0 <= paid <= reserved:
            raise InvalidInput("paid", paid, f"lies between 0 and the {reserved:g} that were reserved")
        with self._turn:
            self.held = max(self.held - reserved, 0.0)
            self.spent += paid
