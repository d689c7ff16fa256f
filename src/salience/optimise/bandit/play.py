"""Play a policy in a world whose truth is known: regret, and whether every propensity is what was drawn from."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Protocol

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from salience.optimise.bandit.features import NOTHING, Floats, Named
from salience.optimise.bandit.policies import Policy


class World(Protocol):
    """T rounds of one choice among K actions."""

    @property
    def x(self) -> Floats:
        """(T, d) contexts."""
        ...

    @property
    def chance(self) -> Floats:
        """(T, K) expected rewards."""
        ...

    @property
    def uniform(self) -> float:
        """The regret of choosing evenly, summed over all rounds."""
        ...

    def reward(self, at: int, action: int) -> float:
        """Of an action in a round."""
        ...

    def regret(self, at: int, action: int) -> float:
        """Expected reward that was missed."""
        ...


class Played(Struct, frozen=True):
    """``regret``: in percent of that of uniform choice. ``weight``: mean of (1 / K) / p over the draws, with its error.

    ``least``: the smallest propensity of all actions of all rounds. ``turns``: how often the world was seen to turn.
    """

    policy: str
    regret: float
    earned: float
    least: float
    weight: float
    weight_error: float
    turns: int
    chosen: tuple[int, ...]


def play(
    world: World,
    policy: Policy,
    *,
    seed: int,
    delays: NDArray[np.int64] | None = None,
    wait: int = 0,
    slow: tuple[int, ...] | None = None,
    watch: Callable[[int, Floats], None] | None = None,
) -> Played:
    """Play all rounds. ``delays``: (T,) rounds until a reward is told; ``slow``: of these actions alone.

    With ``wait`` > 0 a reward that is later counts as 0 from then until it comes, and is corrected then; without, it is
    waited for. ``watch`` is called with every round and its probabilities.
    """
    learner, rng = policy.learner(), np.random.default_rng([seed, 1])
    rounds, k = world.chance.shape
    names, actions = [f"a{at}" for at in range(k)], [NOTHING] * k
    features = tuple(f"x{at}" for at in range(world.x.shape[1]))
    told: list[tuple[int, int, int, float, bool]] = []  # due, round, action, reward or change of it, a correction
    regret = earned = 0.0
    least, weights, counts = 1.0, np.zeros(rounds), np.zeros(k, np.int64)

    def context(at: int) -> Named:
        return Named(features, tuple(world.x[at].tolist()))

    for at in range(rounds):
        while told and told[0][0] <= at:
            _, when, arm, value, correction = heapq.heappop(told)
            if correction:
                learner.correct(context(when), names[arm], NOTHING, value)
            else:
                learner.learn(context(when), names[arm], NOTHING, value, key=str(when))
        now = context(at)
        chance = policy.probabilities(learner.beliefs(now, names, actions))
        if watch is not None:
            watch(at, chance)
        action = min(int(np.searchsorted(np.cumsum(chance), rng.random(), side="right")), k - 1)
        learner.vocabulary.meet(now, ())
        reward = world.reward(at, action)
        regret, earned = regret + world.regret(at, action), earned + reward
        least, weights[at] = min(least, float(chance.min())), 1.0 / (k * chance[action])
        counts[action] += 1
        delay = 0 if delays is None or (slow is not None and action not in slow) else int(delays[at])
        if wait and delay > wait:
            heapq.heappush(told, (at + 1 + wait, at, action, 0.0, False))
            heapq.heappush(told, (at + 1 + delay, at, action, reward, True))
        else:
            heapq.heappush(told, (at + 1 + delay, at, action, reward, False))
    return Played(
        policy=policy.name,
        regret=100 * regret / world.uniform if world.uniform else 0.0,
        earned=earned,
        least=least,
        weight=float(weights.mean()),
        weight_error=float(weights.std(ddof=1) / np.sqrt(rounds)),
        turns=learner.turns,
        chosen=tuple(counts.tolist()),
    )
