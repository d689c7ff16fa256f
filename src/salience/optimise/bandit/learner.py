"""What a policy learns with: a posterior that forgets nothing, and one that does, to notice that times changed.

Both predict every reward before they see it. The difference of their log likelihoods, with a memory of `MEMORY`
lessons, is evidence that old lessons mislead; above `SURE` the first takes over what the second believes and goes on.
So a world that stays is learned without forgetting, and one that turns is learned anew (compare Mellor and Shapiro
2013, change-point Thompson sampling). Replicas, if any are kept, are taught Poisson(1) times (Oza 2001).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from salience.optimise.bandit.beliefs import Beliefs
from salience.optimise.bandit.features import Named
from salience.optimise.bandit.links import Link
from salience.optimise.bandit.posterior import Posterior
from salience.optimise.bandit.vocabulary import Vocabulary

KEEP = 0.995
MEMORY = 0.99
SURE = 6.0
"""In natural logarithms: the forgetful one is 400 times as likely."""
_POISSON = np.cumsum([np.exp(-1.0) / f for f in (1, 1, 2, 6, 24, 120, 720)])


class Learner:
    """Mutable: a fold of lessons. ``keep`` below 1 makes the first posterior forget as well."""

    def __init__(self, link: Link, *, keep: float = 1.0, replicas: int = 0) -> None:
        self.link = link
        self.vocabulary = Vocabulary()
        self.main = Posterior(link, keep)
        self.watch = Posterior(link, min(KEEP, keep))
        self.replicas = [Posterior(link, keep) for _ in range(replicas)]
        self.evidence = 0.0
        self.turns = 0
        self.counts: dict[str, tuple[int, float]] = {}

    def copy(self) -> Learner:
        """As it is now; what either learns afterwards the other does not."""
        twin = Learner(self.link, keep=self.main.keep)
        twin.vocabulary = self.vocabulary.copy()
        twin.main, twin.watch = self.main.copy(), self.watch.copy()
        twin.replicas = [one.copy() for one in self.replicas]
        twin.evidence, twin.turns, twin.counts = self.evidence, self.turns, dict(self.counts)
        return twin

    def turned(self, *, keep: float, replicas: int) -> Learner:
        """One that knows the same and learns in another way from now on; new replicas begin alike."""
        twin = self.copy()
        twin.main, twin.watch = self.main.kept(keep), self.watch.kept(min(KEEP, keep))
        twin.replicas = [twin.main.copy() for _ in range(replicas)]
        return twin

    def beliefs(self, context: Named, names: Sequence[str], actions: Sequence[Named]) -> Beliefs:
        """Of every action, in this context."""
        case = self.vocabulary.case(context)
        products = self.vocabulary.products(case, names, actions)
        mean, variance = self.main.scores(case, names, products)
        deviation = np.sqrt(variance)
        trials = np.array([self.counts.get(name, (0, 0.0)) for name in names])
        votes = np.array([one.scores(case, names, products)[0] for one in self.replicas]) if self.replicas else None
        return Beliefs(mean, deviation, self.link.expected(mean), trials[:, 0], trials[:, 1], votes=votes)

    def interval(self, beliefs: Beliefs, at: int) -> tuple[float, float, float]:
        """The expected reward of one action, and its 95 % interval."""
        z, reach = beliefs.mean[at], 1.96 * beliefs.deviation[at]
        value, low, high = self.link.expected(np.array([z, z - reach, z + reach])).tolist()
        return value, low, high

    def learn(self, context: Named, name: str, action: Named, reward: float, *, key: str = "") -> None:
        """One reward; ``key`` names the lesson, so that replicas resample it the same way whenever it is replayed."""
        case = self.vocabulary.case(context)
        products = self.vocabulary.products(case, (name,), (action,))
        told = [
            self.link.evidence(float(z[0]), float(s[0]), reward)
            for z, s in (one.scores(case, (name,), products) for one in (self.watch, self.main))
        ]
        self.evidence = MEMORY * self.evidence + told[0] - told[1]
        self.main.learn(case, name, products, reward)
        self.watch.learn(case, name, products, reward)
        if self.replicas:
            drawn = np.frombuffer(hashlib.blake2b(key.encode(), digest_size=64).digest(), np.uint32) / 2**32
            for at, one in enumerate(self.replicas):
                times = int(np.searchsorted(_POISSON, drawn[at % len(drawn)], side="right"))
                if times:
                    one.learn(case, name, products, reward, weight=float(times))
        trials, earned = self.counts.get(name, (0, 0.0))
        self.counts[name] = trials + 1, earned + reward
        if self.evidence > SURE:
            self.main.adopt(self.watch)
            self.evidence, self.turns = 0.0, self.turns + 1

    def correct(self, context: Named, name: str, action: Named, change: float) -> None:
        """A reward that was learned from is larger by ``change`` after all."""
        case = self.vocabulary.case(context)
        products = self.vocabulary.products(case, (name,), (action,))
        for one in (self.main, self.watch, *self.replicas):
            one.correct(case, name, products, change)
        trials, earned = self.counts.get(name, (0, 0.0))
        self.counts[name] = trials, earned + change
