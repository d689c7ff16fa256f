"""How often somebody buys something, the newest baskets first: rates of people x items.

Every basket fades by its age,

    x_ui = sum over baskets b of u holding i of decay^age(b)  /  sum over all baskets of u of decay^age(b)

or, with groups of ``size`` baskets, counted from the newest, within its group, and groups fade against each other (Hu,
He, Gao, Zhang 2020, "Modeling Personalized Item Frequency Information for Next-basket Recommendation"):

    x_ui = 1/G sum over groups g of across^g (1/|g| sum over b in g of decay^place(b) [i in b]),   g, place = 0, 1, ...
"""

from __future__ import annotations

import numpy as np

from salience.events.interactions import Matrix
from salience.models.basket.baskets import Baskets
from salience.models.model import Floats

TIES = 1e-6
"""How much of an item's popularity is added to scores that rest on habits, to break ties."""


def rates(baskets: Baskets, decay: float) -> Matrix:
    """The first equation, people x items, CSR.

    >>> rates(Baskets.of([[["a"], ["a", "b"]]]), 0.5).toarray().round(3).tolist()
    [[1.0, 0.6669999957084656]]
    """
    count = baskets.counts
    whole = count.astype(np.float64) if decay == 1 else (1 - decay**count) / (1 - decay)
    return baskets.weighted(decay**baskets.age / np.maximum(whole, 1)[baskets.person])


def faded(baskets: Baskets, decay: float, across: float, size: int) -> Matrix:
    """The second equation, or the first one where ``size`` is 0; people x items, CSR.

    >>> faded(Baskets.of([[["a"], ["b"], ["b"]]]), 0.5, 0.1, 2).toarray().round(4).tolist()  # groups b b and a
    [[0.05000000074505806, 0.375]]
    """
    if not size:
        return rates(baskets, decay)
    group, place = np.divmod(baskets.age, size)
    groups = -(-baskets.counts // size)[baskets.person]
    in_group = np.minimum(size, baskets.counts[baskets.person] - group * size)
    return baskets.weighted(decay**place * across**group / in_group / groups)


def everybody(habits: Matrix) -> Floats:
    """The mean of each item's rates over all people, (items,): each person has one vote, however much they buy."""
    votes = np.asarray(habits.sum(axis=0), dtype=np.float64).ravel() / max(1, habits.shape[0])
    return votes.astype(np.float32)
