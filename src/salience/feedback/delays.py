"""How long rewards take, learned together with how often they come; so that a fresh decision is no failure yet.

Chapelle (2014), *Modeling delayed feedback in display advertising*: a reward comes with chance p, after a time that is
exponential with rate l. After an age e without one, the chance that it is still to come is

    w = p exp(-l e) / (1 - p + p exp(-l e))

and of action a, by EM,  l_a = rewards / (their delays + sum of w e over what is still waiting). Here p is what the
learner believes, which learns from w in turn, and the E-step is taken again whenever the age has doubled. Few rewards
of an action say little of its rate: ``PRIOR`` of them are lent from all actions together.
"""

from __future__ import annotations

from math import exp

from msgspec import Struct

PRIOR = 5.0


class Speed(Struct, gc=False):
    """What is summed of one action: ``rewards`` and their ``worth``; ``exposure``: ms at risk, as above."""

    rewards: float = 0.0
    worth: float = 0.0
    exposure: float = 0.0


class Delays:
    """Of one loop. Mutable: a fold of its rewards and of what waits."""

    def __init__(self) -> None:
        self.all = Speed()
        self.of: dict[str, Speed] = {}

    def came(self, action: str, delay: float, worth: float) -> None:
        """A first reward, ``delay`` ms after its decision was shown, ``worth`` more than none."""
        for one in (self.all, self.of.setdefault(action, Speed())):
            one.rewards += 1.0
            one.worth += worth
            one.exposure += max(delay, 1.0)

    def waited(self, action: str, change: float) -> None:
        """So many more expected ms at risk without a reward; fewer if negative."""
        for one in (self.all, self.of.setdefault(action, Speed())):
            one.exposure += change

    def rate(self, action: str) -> float:
        """Rewards of an action per ms at risk; 0 before any."""
        if not self.all.rewards or self.all.exposure <= 0:
            return 0.0
        whole = self.all.rewards / self.all.exposure
        one = self.of.get(action, Speed())
        return (one.rewards + PRIOR) / (max(one.exposure, 0.0) + PRIOR / whole)

    def worth(self, action: str) -> float:
        """How much more than none a reward is, on average."""
        one = self.of.get(action)
        known = one if one is not None and one.rewards >= PRIOR else self.all
        return known.worth / known.rewards if known.rewards else 0.0

    def coming(self, action: str, chance: float, age: float) -> float:
        """The chance w that a reward is still to come after ``age`` ms without one, if one in ``chance`` comes at all.

        >>> delays = Delays()
        >>> delays.came("tea", 1000.0, 1.0)
        >>> round(delays.coming("tea", 0.5, 1000.0), 3)  # 1 / (1 + e)
        0.269
        """
        rate = self.rate(action)
        if not rate:
            return 0.0
        left = chance * exp(-rate * age)
        return left / (1.0 - chance + left) if left else 0.0
