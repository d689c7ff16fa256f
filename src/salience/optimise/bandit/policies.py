"""Every policy by name: what it learns with, and how beliefs become probabilities. A new one: a file and a line.

No action falls below ``floor / K``: small, because exploration of what is known to be bad is what costs most, and above
0, because nothing else can be judged afterwards. Answers report it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from salience.events.fault import InvalidInput
from salience.events.loops import LoopSettings
from salience.optimise.bandit.beliefs import Beliefs, Floats
from salience.optimise.bandit.bernoulli import Bernoulli
from salience.optimise.bandit.bootstrap import Bootstrap
from salience.optimise.bandit.epsilon import Epsilon
from salience.optimise.bandit.learner import Learner
from salience.optimise.bandit.links import Gaussian, Link, Logistic
from salience.optimise.bandit.linucb import LinUCB
from salience.optimise.bandit.regcb import RegCB
from salience.optimise.bandit.softmax import Softmax
from salience.optimise.bandit.squarecb import SquareCB
from salience.optimise.bandit.thompson import Thompson
from salience.optimise.bandit.uniform import Uniform
from salience.optimise.policy import with_floor

FLOOR = 0.002
"""The share that is spread evenly over all actions: 0.02 % each among ten."""
REPLICAS = 10


class Chooser(Protocol):
    """Beliefs in, probabilities out. Frozen settings, no state."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    def probabilities(self, beliefs: Beliefs) -> Floats:
        """(K,) summing to 1; the floor is put under them afterwards."""
        ...


@dataclass(frozen=True)
class Policy:
    """A named pair. ``keep`` below 1 forgets with every lesson, whether or not the world is seen to turn."""

    name: str
    chooser: Chooser
    link: Link
    replicas: int = 0
    keep: float = 1.0
    floor: float = FLOOR
    cascade: bool = False

    def learner(self) -> Learner:
        """One that has learned nothing."""
        return Learner(self.link, keep=self.keep, replicas=self.replicas)

    def probabilities(self, beliefs: Beliefs) -> Floats:
        """(K,) each at least ``floor / K``, summing to 1."""
        return with_floor(self.chooser.probabilities(beliefs), self.floor / len(beliefs.mean))


_LOGISTIC, _GAUSSIAN = Logistic(), Gaussian()
POLICIES: dict[str, Policy] = {
    policy.name: policy
    for policy in (
        Policy("thompson-logistic", Thompson(), _LOGISTIC),
        Policy("thompson-gaussian", Thompson(), _GAUSSIAN),
        Policy("thompson-bernoulli", Bernoulli(), _LOGISTIC),
        Policy("epsilon-greedy", Epsilon(), _LOGISTIC),
        Policy("softmax", Softmax(), _LOGISTIC),
        Policy("linucb", LinUCB(), _GAUSSIAN),
        Policy("regcb", RegCB(), _LOGISTIC),
        Policy("squarecb", SquareCB(), _LOGISTIC),
        Policy("bootstrap", Bootstrap(), _LOGISTIC, replicas=REPLICAS),
        Policy("cascade", Thompson(), _LOGISTIC, cascade=True),
        Policy("uniform", Uniform(), _LOGISTIC),
    )
}
DEFAULT = "thompson-logistic"


def named(name: str, *, keep: float = 1.0, floor: float = FLOOR, explore: float | None = None) -> Policy:
    """A policy with settings of its own. ``explore``: epsilon, where it has one. `InvalidInput` if there is no such."""
    policy = POLICIES.get(name)
    if policy is None:
        raise InvalidInput("policy", name, "is no policy", "one of " + ", ".join(POLICIES))
    chooser = policy.chooser
    if explore is not None and isinstance(chooser, Epsilon):
        chooser = Epsilon(explore)
    return replace(policy, keep=keep, floor=floor, chooser=chooser)


def settled(settings: LoopSettings) -> Policy:
    """The policy of these settings; `InvalidInput` if there is no such policy."""
    return named(settings.policy, keep=settings.keep, floor=settings.floor, explore=settings.explore)
