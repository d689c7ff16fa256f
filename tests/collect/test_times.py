"""When something happened."""

from __future__ import annotations

from typing import Any

import pytest

from salience.collect.times import DAY_MS, milliseconds, placed


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, 0),
        (893_250_638_000, 893_250_638_000),
        ("1998-04-22T13:10:38Z", 893_250_638_000),
        ("1998-04-22T15:10:38.000+02:00", 893_250_638_000),
        ("1970-01-01T00:00:00.0019Z", 1),
        ("2024-02-29T23:59:59.999Z", 1_709_251_199_999),
    ],
)
def test_both_forms(value: Any, expected: int) -> None:
    assert milliseconds(value) == expected


@pytest.mark.parametrize(
    "value", ["", "now", "1998-04-22", "1998-04-22T13:10:38", "2023-02-29T00:00:00Z", 1.5, True, None, [], -1, "-1"]
)
def test_anything_else_breaks_a_rule(value: Any) -> None:
    with pytest.raises(ValueError, match="must"):
        milliseconds(value)


def test_one_day_ahead_is_the_limit() -> None:
    assert placed(DAY_MS + 7, 7) == (DAY_MS + 7, "")
    assert placed(DAY_MS + 8, 7)[0] == 7


NOW = 1_700_000_000_000
YEAR = 365 * DAY_MS
CLOCKS = [-10 * YEAR, -YEAR, -30 * DAY_MS, -DAY_MS, -3_600_000, -5_000, 0, 5_000, 3_600_000, DAY_MS, YEAR, 10 * YEAR]


@pytest.mark.parametrize("off", CLOCKS)
@pytest.mark.parametrize("ago", [0, 40, 60_000, 5 * DAY_MS])
def test_a_wrong_clock_cancels_out_when_it_says_when_it_sent(off: int, ago: int) -> None:
    on_the_way = 120
    time, warning = placed(NOW + off - ago, NOW + on_the_way, sent=NOW + off)
    assert abs(time - (NOW - ago)) <= 2_000
    assert ("moved" in warning) == (abs(off) > 1_000)


@pytest.mark.parametrize("off", [-10 * YEAR, -YEAR, -30 * DAY_MS, -3 * DAY_MS, 2 * DAY_MS, YEAR, 10 * YEAR])
def test_without_that_a_browser_s_impossible_time_is_the_time_of_receipt_and_flagged(off: int) -> None:
    time, warning = placed(NOW + off, NOW, live=True)
    assert time == NOW
    assert "receipt" in warning


def test_history_from_a_server_is_believed_and_no_event_comes_from_the_future() -> None:
    assert placed(NOW - 10 * YEAR, NOW) == (NOW - 10 * YEAR, "")
    assert placed(NOW - 10 * YEAR, NOW + 300, sent=NOW) == (NOW - 10 * YEAR, "")
    assert placed(NOW + YEAR + 500, NOW, sent=NOW + YEAR)[0] == NOW  # created after it was sent: a jump of that clock
    assert placed(1_000, NOW, sent=NOW + YEAR)[1] == ""  # moved, it would lie before 1970
