"""Checks 14 and 15: regret with exact propensities, in worlds that stay, turn, and tell their rewards late."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from salience.optimise.bandit.play import play
from salience.optimise.bandit.policies import DEFAULT, POLICIES
from salience.optimise.worlds.delays import all_late, some_late
from salience.optimise.worlds.linear import Linear, linear
from tests.checks.figure import Check, Figure, Size, at_least, at_most

SEEDS = range(5)


def regret(size: Size) -> Iterator[Figure]:
    """E1 and E2, five seeds, the default policy; its weights for a uniform target average 1."""
    seeds, rounds = (SEEDS, 20_000) if size == "full" else (range(1), 4_000)
    slack = 1.0 if size == "full" else 4.0  # the first rounds cost most
    for name, turns, target in (("E1", False, 5.2), ("E2", True, 15.0)):
        found = [play(linear(seed, rounds=rounds, turns=turns), POLICIES[DEFAULT], seed=seed) for seed in seeds]
        each = ", ".join(f"{one.regret:.1f}" for one in found)
        yield at_most(
            f"{name}, % of uniform regret", float(np.mean([one.regret for one in found])), slack * target, note=each
        )
        yield at_least(f"{name}, least propensity", min(one.least for one in found), 1e-4)
        off = max(abs(one.weight - 1) / one.weight_error for one in found)
        yield at_most(f"{name}, mean weight of a uniform target off 1, in standard errors", off, 3.0)


def late(size: Size) -> Iterator[Figure]:
    """Every reward 1,000 rounds late; 30 % late beyond the wait, when they count as 0 until they come."""
    seeds, rounds, delay = (SEEDS, 20_000, 1_000) if size == "full" else (range(1), 4_000, 200)
    slack = 1.0 if size == "full" else 3.0
    policy = POLICIES[DEFAULT]
    found = [play(linear(s, rounds=rounds), policy, seed=s, delays=all_late(rounds, delay)).regret for s in seeds]
    yield at_most(f"E1, all {delay:,} rounds late, % of uniform regret", float(np.mean(found)), slack * 9.4)
    some = [
        play(linear(s, rounds=rounds), policy, seed=s, delays=some_late(rounds, delay, 0.3, seed=s), wait=delay // 10)
        for s in seeds
    ]
    yield at_most(
        "E1, 30 % late and corrected, % of uniform regret", float(np.mean([one.regret for one in some])), slack * 9.4
    )
    runs = 20 if size == "full" else 4
    slow = [share_of_the_slow(seed, rounds=3_000 if size == "full" else 1_500) for seed in range(runs)]
    error = float(np.std(slow, ddof=1) / np.sqrt(runs))
    note = f"standard error {error:.3f}, 0.5 is no bias"
    yield Figure("choices of the slow one of two equal actions", float(np.mean(slow)),
                 (0.5 - 3 * error, 0.5 + 3 * error), note=note)  # fmt: skip


def share_of_the_slow(seed: int, rounds: int) -> float:
    """Two actions of the same rate 0.3; every reward of one comes after the wait. The share of late choices on it."""
    rng = np.random.default_rng([seed, 5])
    world = Linear(rng.normal(size=(rounds, 1)), np.full((rounds, 2), 0.3), rng.random(rounds))
    chances = np.zeros(rounds)
    play(world, POLICIES[DEFAULT], seed=seed, delays=np.full(rounds, 40), wait=10, slow=(1,),
         watch=lambda at, chance: chances.__setitem__(at, chance[1]))  # fmt: skip
    return float(chances[rounds // 2 :].mean())


CHECKS = (
    Check(14, "regret with exact propensities", regret),
    Check(15, "delayed and late rewards", late),
)
