from itertools import permutations

from salience.optimise import Arm, Arms, Lesson

LESSONS = [Lesson("s", "a", 1, 0.0), Lesson("s", "a", 0, 1.0), Lesson("s", "b", 1, 0.5), Lesson("t", "a", 1, 1.0)]


def test_lessons_add_up_in_any_order() -> None:
    for order in permutations(LESSONS):
        arms = Arms()
        arms.update(order)
        assert arms.of("s", ["a", "b", "c"]) == (Arm("a", 1, 1.0), Arm("b", 1, 0.5), Arm("c"))
        assert list(arms.slots()) == ["s", "t"]
