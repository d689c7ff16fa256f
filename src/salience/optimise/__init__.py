"""Choose and judge: policies over arms, a ranking that explores, and what has been learned about each arm.

A new policy is one file with a class that has `Policy`'s one method, its test, and one line in `POLICIES`.
"""

from salience.optimise.arms import Arm, Arms, Lesson
from salience.optimise.epsilon import EpsilonGreedy
from salience.optimise.policy import Policy, draw, with_floor
from salience.optimise.ranking import rank
from salience.optimise.thompson import Thompson

POLICIES: dict[str, Policy] = {"thompson": Thompson(), "epsilon-greedy": EpsilonGreedy()}

__all__ = ["POLICIES", "Arm", "Arms", "EpsilonGreedy", "Lesson", "Policy", "Thompson", "draw", "rank", "with_floor"]
