"""Decisions meet what people did about them. Times are in ms; a decision waits 1,000 ms for its reward."""

from salience.events import AnyEvent, Choice, Click, Decision, Impression, Outcome
from salience.feedback import Join
from salience.optimise import Lesson

WAIT = 1_000


def decision(id: str = "d1", *, mode: str = "online", layout: bool = True) -> Decision:
    choice = Choice(offered=("a", "b"), probabilities=(0.5, 0.5), chosen="a", policy="thompson") if layout else None
    return Decision(
        id=id,
        user="ann",
        slot="home",
        items=(),
        rung="popular",
        seed=1,
        as_of=0,
        layout=choice,
        mode=mode,  # type: ignore[arg-type]
    )


def impression(at: int) -> Impression:
    return Impression(id=f"i{at}", user="ann", decision="d1", slot="home", visible_ms=1000, received=at)


def click(at: int, decision: str = "d1") -> Click:
    return Click(id=f"c{at}", user="ann", item="tea", decision=decision, slot="home", received=at)


def outcome(at: int, value: float) -> Outcome:
    return Outcome(id=f"o{at}", user="ann", decision="d1", value=value, received=at)


def run(*events: AnyEvent, until: int) -> tuple[list[Lesson], Join]:
    join = Join(WAIT)
    lessons = [lesson for event in events for lesson in join.apply(event)]
    return lessons + join.settle(until), join


def total(lessons: list[Lesson]) -> tuple[int, float]:
    return sum(lesson.trials for lesson in lessons), sum(lesson.reward for lesson in lessons)


def test_a_click_teaches_the_arm_that_was_shown() -> None:
    lessons, _ = run(decision(), impression(10), click(20), until=9_999)
    assert lessons == [Lesson("home", "a", 1, 1.0)]


def test_a_page_that_nobody_saw_teaches_nothing_however_long_it_waits() -> None:
    assert run(decision(), until=10**9)[0] == []


def test_seen_and_ignored_counts_as_zero_once_the_wait_is_over() -> None:
    assert run(decision(), impression(10), until=10 + WAIT - 1)[0] == []
    assert run(decision(), impression(10), until=10 + WAIT)[0] == [Lesson("home", "a", 1, 0.0)]


def test_a_late_reward_corrects_the_zero_without_a_second_trial() -> None:
    join = Join(WAIT)
    lessons = join.apply(decision()) + join.apply(impression(10)) + join.settle(5_000) + join.apply(click(6_000))
    assert total(lessons) == (1, 1.0)
    assert join.counts().late == 1


def test_many_clicks_are_one_reward_and_the_largest_outcome_counts() -> None:
    lessons, _ = run(decision(), outcome(5, 0.25), outcome(6, 0.75), outcome(7, 0.5), until=9_999)
    assert total(lessons) == (1, 0.75)
    assert total(run(decision(), click(5), click(6), click(7), until=9_999)[0]) == (1, 1.0)


def test_an_outcome_of_nobodys_decision_is_counted_not_dropped_in_silence() -> None:
    lessons, join = run(click(5, decision="unknown"), until=9_999)
    assert lessons == []
    assert join.counts().orphans == 1


def test_previews_and_rows_without_a_layout_teach_no_arm() -> None:
    assert run(decision(mode="preview"), click(5), until=9_999)[0] == []
    lessons, join = run(decision(layout=False), click(5), until=9_999)
    assert lessons == []
    assert join.counts().rewarded == 1


def test_two_impressions_start_one_clock() -> None:
    lessons, join = run(decision(), impression(10), impression(500), until=10 + WAIT)
    assert lessons == [Lesson("home", "a", 1, 0.0)]
    assert join.counts().seen == 1
