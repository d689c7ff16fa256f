"""Which draws count afterwards: seen ones, with their largest reward, or 0 when their time is over."""

from salience.events import AnyEvent, Choice
from salience.feedback.trials import Tried, tried
from tests.feedback.test_join import WAIT, click, decision, impression, outcome

CHOICE = Choice(offered=("a", "b"), probabilities=(0.5, 0.5), chosen="a", policy="thompson")


def test_the_largest_reward_counts_once() -> None:
    found, counts = tried([decision(), impression(10), outcome(20, 0.25), click(30)], wait_ms=WAIT, now=50)
    assert found == [Tried("home", CHOICE, 1.0)]
    assert counts == {"drawn": 1, "unseen": 0, "waiting": 0}


def test_seen_and_not_rewarded_is_0_when_the_time_is_over_and_not_before() -> None:
    events: list[AnyEvent] = [decision(), impression(10)]
    assert tried(events, wait_ms=WAIT, now=500) == ([], {"drawn": 1, "unseen": 0, "waiting": 1})
    assert tried(events, wait_ms=WAIT, now=1_010)[0] == [Tried("home", CHOICE, 0.0)]


def test_what_nobody_saw_or_was_no_draw_is_left_out() -> None:
    events: list[AnyEvent] = [
        decision("d1"),
        decision("d2", mode="preview"),
        decision("d3", layout=False),
        click(5, "d9"),
    ]
    assert tried(events, wait_ms=WAIT, now=9_999) == ([], {"drawn": 1, "unseen": 1, "waiting": 0})
