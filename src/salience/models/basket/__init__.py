"""Next-basket models: what somebody will buy together the next time. See `model` for the contract.

To add one: a file with the algorithm, a test that inherits the behaviour suite, and one line in `BASKET_ALGORITHMS`.
"""

from salience.models.basket.baskets import Baskets
from salience.models.basket.model import BasketAlgorithm, BasketModel
from salience.models.basket.neighbours import UPCF, TifuKNN
from salience.models.basket.next_items import NextItems
from salience.models.basket.personal import Personal
from salience.models.basket.popular import Popular
from salience.models.basket.ranked import Ranked

BASKET_ALGORITHMS: tuple[type[BasketAlgorithm], ...] = (Popular, Personal, NextItems, TifuKNN, UPCF)
"""What the bench tries, simplest first; the learned blend is made of them."""

__all__ = [
    "BASKET_ALGORITHMS",
    "UPCF",
    "BasketAlgorithm",
    "BasketModel",
    "Baskets",
    "NextItems",
    "Personal",
    "Popular",
    "Ranked",
    "TifuKNN",
]
