from __future__ import annotations

from salience.events import AnyEvent, Click, Impression
from salience.feedback.hours import HOUR_MS, hours, send_time


def acts(user: str, hour: int, times: int, **context: int) -> list[AnyEvent]:
    return [
        Click(id=f"{user}{hour}{n}", user=user, item="tea", time=(24 * n + hour) * HOUR_MS, context=dict(context))
        for n in range(times)
    ]


def test_somebody_who_is_known_gets_their_own_hour_and_a_stranger_everybody_s() -> None:
    counts = hours([*acts("crowd", 20, 200), *acts("ann", 7, 60), *acts("bob", 9, 2)], str)
    assert send_time(counts, "ann").hour == 7
    assert "own hours" in send_time(counts, "ann").said
    for person in ("bob", "nobody"):
        assert send_time(counts, person).hour == 20
        assert "everybody's" in send_time(counts, person).said


def test_quiet_hours_are_left_out_and_offsets_are_local_time() -> None:
    counts = hours(acts("ann", 3, 60, offset_minutes=120), str)
    assert send_time(counts, "ann").hour == 5
    assert send_time(counts, "ann", (8, 9)).hour in (8, 9)


def test_what_was_shown_is_not_what_was_done() -> None:
    counts = hours([Impression(id="1", user="ann", item="tea", time=5 * HOUR_MS)], str)
    assert sum(counts[""]) == 0
    assert "not enough data" in send_time(counts, "ann").said
