"""When something happened."""

from __future__ import annotations

from typing import Any

import pytest

from salience.collect.times import DAY_MS, clamped, milliseconds


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
    assert clamped(DAY_MS + 7, 7) == (DAY_MS + 7, "")
    assert clamped(DAY_MS + 8, 7)[0] == 7
