"""Rows that are kept as one row of values are still rows."""

from __future__ import annotations

import pytest

from salience.events.written import Packed, Written

ROWS = [Written(f"e{at}", "click", "ann", at, b"{}", at) for at in range(5)]


def test_packed_rows_are_a_sequence_of_rows() -> None:
    packed = Packed.of(ROWS)
    assert list(packed) == ROWS
    assert all(type(row) is Written for row in packed)
    assert len(packed) == 5
    assert [packed[at] for at in range(-5, 5)] == ROWS * 2
    assert packed[1:3] == ROWS[1:3]
    assert packed == Packed.of(ROWS)
    assert packed != Packed.of(ROWS[:4])
    assert packed.column("id") == ("e0", "e1", "e2", "e3", "e4")
    assert not Packed.of([])
    for at in (5, -6):
        with pytest.raises(IndexError):
            packed[at]
