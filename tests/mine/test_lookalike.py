from __future__ import annotations

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.events.interactions import Interactions
from salience.mine.lookalike import lookalikes


def shop(seed: int = 0, taste: float = 0.8) -> Interactions:
    """Four hundred people, every second of whom prefers the first ten of thirty items."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(400):
        for _ in range(8):
            low = person % 2 == 0 and rng.random() < taste
            rows.append((f"p{person}", f"i{rng.integers(0, 10) if low else rng.integers(0, 30)}", 1.0, 0))
    return Interactions.from_rows(rows)


def test_people_of_the_same_taste_come_first() -> None:
    data = shop()
    seeds = [f"p{n}" for n in range(0, 120, 2)]
    found = lookalikes(data, [*seeds, "stranger"], limit=40)
    assert (found.seeds, found.unknown) == (60, ("stranger",))
    assert found.auc > 0.65
    hits = sum(int(one.user[1:]) % 2 == 0 for one in found.people)
    assert hits >= 36
    assert not {one.user for one in found.people} & set(seeds)
    assert all(int(item[1:]) < 10 for item in found.items[:3])


def test_a_group_that_shares_nothing_has_no_lookalikes() -> None:
    found = [lookalikes(shop(seed), [f"p{n}" for n in range(50)]) for seed in range(5)]
    assert all(one.people == () and one.verdict.startswith("no look-alikes") for one in found)


def test_few_or_nearly_all_are_refused() -> None:
    with pytest.raises(InvalidInput, match="fewer than 10"):
        lookalikes(shop(), ["p1", "p2"])
    with pytest.raises(InvalidInput, match="hardly anybody"):
        lookalikes(shop(), [f"p{n}" for n in range(395)])
