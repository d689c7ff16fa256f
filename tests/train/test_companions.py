"""Rules of baskets: pairs beyond chance, weighed on baskets they had not seen, dropped where they do not help."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from salience.events.interactions import Interactions
from salience.models import Popularity
from salience.train.companions import Baskets, companions, counted

PAIRS = 6
"""Item 2n goes with item 2n + 1."""


def world(*, together: bool, baskets: int = 1200, seed: int = 0) -> tuple[Interactions, Baskets]:
    """Baskets of two items: partners, or any two. Each basket is a person's own, so people tell nothing."""
    rng = np.random.default_rng(seed)
    rows = []
    for n in range(baskets):
        first = int(rng.integers(2 * PAIRS))
        second = first ^ 1 if together and rng.random() < 0.7 else int(rng.integers(2 * PAIRS))
        rows += [(f"u{n}", f"i{item:02}", 1.0, n) for item in {first, second}]
    data = Interactions.from_rows(rows)
    baskets_ = sparse.csr_array(
        (np.ones(len(data), np.float32), (data.time, data.item)), shape=(baskets, len(data.items))
    )
    return data, Baskets(baskets_, np.arange(baskets), np.arange(baskets))


def test_partners_are_found_and_weighed() -> None:
    data, baskets = world(together=True)
    found, worth = companions(data, baskets, lambda rows: Popularity().fit(rows))
    assert found is not None
    assert worth.weight == found.weight > 0
    assert worth.gain is not None
    assert worth.gain.low > 0.1
    codes = data.items.codes
    told = found.beside(np.array([codes["i04"]]))
    assert int(told.argmax()) == codes["i05"]
    held = (baskets.rows[:, [codes["i04"]]].toarray() > 0)[:, 0]
    both = held & (baskets.rows[:, [codes["i05"]]].toarray() > 0)[:, 0]
    assert np.isclose(told.max(), both.sum() / held.sum())
    scores = np.zeros(len(codes))
    scores[codes["i00"]] = 1
    assert np.isclose(found.added(scores, np.array([codes["i04"]]))[codes["i05"]], found.weight * told.max())
    assert found.surest(np.array([codes["i00"], codes["i04"]]), codes["i05"])[0] == codes["i04"]


def test_where_nothing_goes_together_no_rule_is_used() -> None:
    data, baskets = world(together=False)
    assert counted(baskets).nnz <= 4  # of 66 pairs
    found, worth = companions(data, baskets, lambda rows: Popularity().fit(rows))
    assert found is None
    assert worth.weight == 0


def test_what_one_person_buys_again_and_again_is_no_rule() -> None:
    _, baskets = world(together=True)
    alone = Baskets(baskets.rows, baskets.time, np.zeros(len(baskets.time), np.int64))
    assert counted(baskets).nnz >= 2 * PAIRS
    assert counted(alone).nnz == 0


def test_too_few_baskets_say_so() -> None:
    data, baskets = world(together=True, baskets=100)
    found, worth = companions(data, baskets, lambda rows: Popularity().fit(rows))
    assert found is None
    assert "fewer than 50" in worth.why
