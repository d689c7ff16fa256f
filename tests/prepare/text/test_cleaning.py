"""What is taken out of a text, and what stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salience.prepare.text import plain


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("<script>alert('x')</script>Good", "Good"),
        ("a < b and c > d", "a < b and c > d"),
        ("look: www.shop.example/tea, or tea@shop.example!", "look: or !"),
        ("网址https://a.example/茶很好", "网址 茶很好"),
        ("zero\u200bwidth\u00a0and\tlines\r\n", "zero width and lines"),
        ("nooooooo!!!!!!", "nooo!!!"),
        ("100000", "100000"),
        ("👩\u200d🍳 cooks", "👩\u200d🍳 cooks"),
        ("＄ｆｕｌｌ　ｗｉｄｔｈ", "$full width"),
        ("&lt;b&gt; stays said", "<b> stays said"),
    ],
)
def test_each_rule(raw: str, clean: str) -> None:
    assert plain(raw) == clean


@given(st.text(max_size=200))
def test_anything_can_be_cleaned(text: str) -> None:
    assert plain(text) == plain(text).strip()


def test_a_long_text_of_open_brackets_takes_no_time_to_speak_of() -> None:
    assert plain("<a" * 20_000).startswith("<a")
