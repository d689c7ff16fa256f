"""Rewards that take their time: how long is learned, and what is fresh is no failure."""

from __future__ import annotations

import numpy as np
import pytest

from salience.events import LoopSettings, Outcome, Steering
from salience.events.loops import DecideRequest, RankAction
from salience.feedback.delays import Delays
from salience.feedback.learning import Loops
from salience.optimise.bandit.rank import rank

MINUTE, HOUR = 60_000, 3_600_000


def test_the_rate_is_found_from_censored_delays() -> None:
    rng = np.random.default_rng(0)
    delays, truth, horizon, p = Delays(), 1 / HOUR, 2 * HOUR, 0.3
    n = 4_000
    delay, comes = rng.exponential(1 / truth, n), rng.random(n) < p
    seen = comes & (delay < horizon)
    for one in delay[seen]:
        delays.came("slow", float(one), 1.0)
    risk = 0.0
    for _ in range(200):  # EM at a fixed age, with the right chance
        now = (n - seen.sum()) * delays.coming("slow", p, horizon) * horizon
        delays.waited("slow", now - risk)
        risk = now
    assert delays.rate("slow") == pytest.approx(truth, rel=0.1)


def test_the_chance_that_one_is_still_to_come_is_bayes() -> None:
    delays = Delays()
    assert delays.coming("tea", 0.9, 1.0) == 0.0  # nothing is known of how long it takes
    for _ in range(1_000):
        delays.came("tea", float(HOUR), 0.5)
    assert delays.coming("tea", 0.5, 0.0) == pytest.approx(0.5)
    assert delays.coming("tea", 0.5, HOUR) == pytest.approx(np.exp(-1) / (1 + np.exp(-1)))
    assert delays.coming("tea", 0.5, 50 * HOUR) < 1e-9
    assert delays.worth("tea") == 0.5


class World:
    """Two actions: ``fast`` is rewarded in a minute, ``slow`` after hours, and more often."""

    def __init__(self, seed: int, late_ms: int) -> None:
        self.rng, self.loops, self.row = np.random.default_rng(seed), Loops(), 0
        self.due: list[tuple[int, str]] = []
        settings = LoopSettings(policy="thompson-logistic", wait_ms=10 * MINUTE, late_ms=late_ms)
        self.told(Steering(id="s", loop="default", settings=settings))

    def told(self, event: object) -> None:
        self.row += 1
        self.loops.apply(self.row, event)  # type: ignore[arg-type]

    def lived(self, count: int, step: int) -> list[str]:
        chosen = []
        for at in range(count):
            now = 1 + at * step
            for when, decision in sorted(one for one in self.due if one[0] <= now):
                self.told(Outcome(id=f"r{decision}", decision=decision, value=1.0, received=when))
            self.due = [one for one in self.due if one[0] > now]
            request = DecideRequest(actions=(RankAction("fast"), RankAction("slow")), event_id=f"e{at}")
            made = rank(request, self.loops.of("default"), id=f"rank:default:e{at}", as_of=self.row, now=now)
            self.told(made)
            name = made.placed[0].chosen
            chosen.append(name)
            if self.rng.random() < {"fast": 0.2, "slow": 0.35}[name]:
                mean = {"fast": MINUTE, "slow": 3 * HOUR}[name]
                self.due.append((now + int(self.rng.exponential(mean)), made.id))
        return chosen


def test_the_better_slow_action_is_not_taken_for_a_failure() -> None:
    share = {
        late: np.mean([one == "slow" for seed in range(2) for one in World(seed, late).lived(500, 45_000)])
        for late in (0, 24 * HOUR)
    }
    assert share[24 * HOUR] > share[0] + 0.1


def test_what_never_comes_ends_as_the_default_and_the_books_balance() -> None:
    world = World(0, HOUR)
    world.lived(60, MINUTE)
    world.due.clear()
    request = DecideRequest(actions=(RankAction("fast"), RankAction("slow")), event_id="last")
    made = rank(request, world.loops.of("default"), id="rank:default:last", as_of=world.row, now=100 * HOUR)
    world.told(made)
    counts = world.loops.join.of("default")
    assert counts.defaulted + counts.rewards == 60
    learner = world.loops.of("default").learner
    assert sum(earned for _, earned in learner.counts.values()) == pytest.approx(counts.rewards)
    assert sum(trials for trials, _ in learner.counts.values()) == 60
