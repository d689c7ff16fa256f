"""The laws of every policy. A policy's own test inherits `PolicySuite` and names its `policy` and `floor`."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import pytest
from scipy import stats

from salience.optimise import Arm, Policy, draw

WORLDS: dict[str, Sequence[Arm]] = {
    "never judged": [Arm("a"), Arm("b"), Arm("c")],
    "one arm": [Arm("only", trials=5, reward=1)],
    "clear winner": [Arm("a", trials=1000, reward=900), Arm("b", trials=1000, reward=100)],
    "one is new": [Arm("old", trials=100, reward=50), Arm("new")],
    "half rewards": [Arm("a", trials=3, reward=1.5), Arm("b", trials=4, reward=0.25)],
    "net loss": [Arm("a", trials=10, reward=-4.0), Arm("b", trials=10, reward=1.0)],
    "fifty": [Arm(str(i), trials=i, reward=i / 3) for i in range(50)],
    "a million": [Arm("a", trials=10**6, reward=5e5), Arm("b", trials=10**6, reward=4.99e5)],
}


class PolicySuite:
    policy: ClassVar[Policy]
    floor: ClassVar[float]

    @pytest.mark.parametrize("world", WORLDS)
    def test_probabilities_are_probabilities(self, world: str) -> None:
        p = self.policy.probabilities(WORLDS[world])
        assert p.shape == (len(WORLDS[world]),)
        assert abs(p.sum() - 1) < 1e-9
        assert p.min() >= min(self.floor, 1 / len(p)) - 1e-12

    def test_same_record_same_probability(self) -> None:
        p = self.policy.probabilities([Arm("a", 7, 3), Arm("b", 7, 3), Arm("c", 7, 3)])
        assert np.allclose(p, 1 / 3, atol=1e-6)

    def test_the_order_of_arms_does_not_matter(self) -> None:
        arms = [Arm("a", 10, 6), Arm("b", 12, 3), Arm("c", 2, 1)]
        assert np.allclose(self.policy.probabilities(arms), self.policy.probabilities(arms[::-1])[::-1], atol=1e-9)

    def test_more_reward_never_lowers_an_arm(self) -> None:
        before = self.policy.probabilities([Arm("a", 20, 8), Arm("b", 20, 8)])
        after = self.policy.probabilities([Arm("a", 21, 9), Arm("b", 20, 8)])
        assert after[0] > before[0]

    def test_what_is_drawn_is_what_is_logged(self) -> None:
        """10,000 draws per world against the logged probabilities; a true policy fails one world in 1,000."""
        rng = np.random.default_rng(11)
        for arms in ([Arm("a", 9, 4), Arm("b", 9, 2), Arm("c", 9, 1)], [Arm("x"), Arm("y", 3, 1)]):
            logged = draw(self.policy, arms, rng)
            seen = dict.fromkeys(logged.offered, 0)
            for _ in range(10_000):
                seen[draw(self.policy, arms, rng).chosen] += 1
            expected = np.array(logged.probabilities) * 10_000
            assert stats.chisquare(list(seen.values()), expected).pvalue > 0.001
