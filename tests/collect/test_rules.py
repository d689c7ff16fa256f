"""The order of the rules' two paths: the quick look must never pass what the close look refuses."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from salience.collect.identity import fault, normal, ordinary

PIECES = st.sampled_from(["null", "None", "NaN", "undefined", "[object Object]", "a", "|", " ", "\t", "\x00", "é"])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(max_size=4) | st.lists(PIECES, max_size=3).map("".join), max_size=4))
def test_ordinary_names_are_normal_and_faultless(names: list[str]) -> None:
    if ordinary(names):
        assert all(normal(name) == name and (not name or not fault(name)) for name in names)


def test_everyday_names_take_the_quick_path() -> None:
    assert ordinary(["ann@example.com", "", "u-17", "01HZX:9/8", "[object]"])
