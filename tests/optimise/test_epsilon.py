from salience.optimise import Arm, EpsilonGreedy
from tests.optimise.policy_suite import PolicySuite


class TestEpsilonGreedy(PolicySuite):
    policy = EpsilonGreedy(epsilon=0.1)
    floor = 0.0


def test_every_arm_is_tried_before_any_is_trusted() -> None:
    p = EpsilonGreedy(epsilon=0.1).probabilities([Arm("judged", trials=10, reward=10), Arm("new")])
    assert p.round(9).tolist() == [0.05, 0.95]
