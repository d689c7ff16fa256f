"""A trial inside a loop: something new answers a share of the units, beside what answered so far. A fold of the log.

Which side a unit is on is a hash of its id with the trial's own, so it stays there, and every trial draws anew: what an
earlier one did to its units is spread over both sides of the next. Requests without a unit are drawn one by one.

A decision is counted once its wait is over, whether or not its reward came sooner. Counted as rewards arrive, the side
that is rewarded faster would look better for as long as the trial runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from salience.events.fault import InvalidInput
from salience.events.loops import Canary, DecideRequest, Side
from salience.optimise.bandit.chance import luck, seed_of
from salience.optimise.bandit.learner import Learner
from salience.optimise.bandit.policies import Policy, settled

if TYPE_CHECKING:
    from salience.optimise.bandit.loop import Loop

Floats = NDArray[np.float64]
MOST = 200_000
"""Units that are counted; a trial that has not been decided by then is not decided by more."""


class Counts(NamedTuple):
    """Of each unit: whether it is the canary's, its decisions, and by metric what they earned in all."""

    new: NDArray[np.bool_]
    decisions: Floats
    earned: dict[str, Floats]


class Trial:
    """Mutable. ``learner``: the canary's own where the sides learn apart."""

    def __init__(self, id: str, began: int, canary: Canary, policy: Policy, learner: Learner | None) -> None:
        self.id, self.began, self.canary, self.policy, self.learner = id, began, canary, policy, learner
        self._at: dict[str, int] = {}
        self._new: list[bool] = []
        self._count: list[float] = []
        self._earned: dict[str, list[float]] = {metric: [] for metric in canary.margins}

    def side(self, request: DecideRequest) -> Side:
        """Who answers this request."""
        drawn = luck(seed_of(self.id, request.unit_id or request.event_id), "canary")
        new = drawn < self.canary.share
        return Side(self.id, "canary" if new else "stable", self.canary.share, self.canary.apart)

    def count(self, side: Side, unit: str, values: Mapping[str, float]) -> None:
        """The wait of one decision of this trial is over: what it earned, by metric."""
        at = self._at.get(unit)
        if at is None:
            if len(self._new) >= MOST:
                return
            at = self._at[unit] = len(self._new)
            self._new.append(side.arm == "canary")
            self._count.append(0.0)
            for sums in self._earned.values():
                sums.append(0.0)
        self._count[at] += 1.0
        for metric, sums in self._earned.items():
            sums[at] += values.get(metric, 0.0)

    def counts(self) -> Counts:
        """As they are now."""
        earned = {metric: np.array(sums) for metric, sums in self._earned.items()}
        return Counts(np.array(self._new, bool), np.array(self._count), earned)


def tried(loop: Loop, canary: Canary) -> Policy:
    """The policy of a trial's new side."""
    return settled(structs.replace(loop.settings, policy=canary.policy)) if canary.policy else loop.policy


def triable(loop: Loop, canary: Canary) -> None:
    """`InvalidInput` for a version that is gone, a mode without choices, a policy that cannot use what is learned."""
    policy = tried(loop, canary)
    if loop.settings.mode != "online":
        raise InvalidInput("loop", loop.name, f"is {loop.settings.mode}: the policy does not choose yet", "promote it")
    if canary.version and canary.version not in loop.versions:
        raise InvalidInput(
            "version", canary.version, "is not kept", "`salience policies versions` lists those that are"
        )
    same = (policy.link.name, policy.replicas, policy.cascade) == (
        loop.policy.link.name, loop.policy.replicas, loop.policy.cascade)  # fmt: skip
    if not canary.apart and not same:
        raise InvalidInput("policy", policy.name, "learns in another way than the loop", "let the sides learn apart")
    if not canary.apart and not canary.policy and canary.version in (None, loop.pin):
        raise InvalidInput("canary", loop.name, "would try what answers already", "name a version or a policy")


def tried_learner(loop: Loop, canary: Canary, policy: Policy) -> Learner | None:
    """What the new side starts from where the sides learn apart; None where both learn together."""
    if not canary.apart:
        return None
    kept = loop.versions.get(canary.version or "")
    start = loop.answering if canary.version is None else kept.learner if kept else loop.learner
    if start.link.name != policy.link.name:  # scores of another kind: nothing carries over
        return policy.learner()
    return start.turned(keep=policy.keep, replicas=policy.replicas)
