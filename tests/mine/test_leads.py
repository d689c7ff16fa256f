from __future__ import annotations

import numpy as np
import pytest

from salience.events import Action, InvalidInput
from salience.mine.leads import leads
from salience.prepare.deeds import Deeds, deeds

DAY = 86_400_000
MOMENT = 60 * DAY


def shop(seed: int = 0, signal: float = 1.0) -> Deeds:
    """Two months; who asked for a price in a fortnight buys in the next one, as far as there is a signal."""
    rng = np.random.default_rng(seed)
    events: list[Action] = []

    def did(person: int, step: str, day: float) -> None:
        events.append(Action(id=str(len(events)), user=f"p{person}", name=step, time=int(day * DAY) + 1))

    for person in range(500):
        for fortnight in range(4):
            start = 4 + fortnight * 14
            asked = rng.random() < 0.3
            for _ in range(rng.poisson(2)):
                did(person, "look", start + rng.random() * 13)
            if asked:
                did(person, "ask price", start + rng.random() * 13)
            if rng.random() < (0.5 if asked and rng.random() < signal else 0.05):
                did(person, "buy", start + 14 + rng.random() * 13)
    return deeds([[event for event in events if event.time < MOMENT]])


def test_what_leads_to_the_goal_gets_the_points() -> None:
    found = leads(shop(), MOMENT, goal="buy")
    best = max(found.card, key=lambda band: band.points)
    assert best.habit.startswith("ask price")
    assert best.points > 15
    assert found.auc is not None
    assert found.auc > 0.65
    assert found.top_tenth is not None
    assert found.top_tenth > 1.5
    assert "AUC" in found.verdict


def test_the_score_is_the_sum_of_the_points_and_orders_the_chances() -> None:
    found = leads(shop(), MOMENT, goal="buy")
    scores, chances = [one.score for one in found.leads], [one.chance for one in found.leads]
    assert chances == sorted(chances, reverse=True)
    assert np.corrcoef(scores, np.log(np.array(chances) / (1 - np.array(chances))))[0, 1] > 0.99
    assert found.leads[0].why[0].startswith("ask price")


def test_no_signal_is_called_no_signal() -> None:
    said = [leads(shop(seed, signal=0.0), MOMENT, goal="buy").verdict.startswith("no signal") for seed in range(5)]
    assert sum(said) >= 4


def test_a_goal_must_be_known_and_common() -> None:
    with pytest.raises(InvalidInput, match="nobody ever did this"):
        leads(shop(), MOMENT, goal="fly")
    rare = deeds([[Action(id=str(n), user=f"p{n}", name="buy", time=n + 1) for n in range(30)]])
    with pytest.raises(InvalidInput, match="fewer than 20"):
        leads(rare, MOMENT, goal="buy")
