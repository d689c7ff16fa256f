import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salience.events.pairs import pair_runs

Rows = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4)), max_size=60)


@given(Rows, st.booleans())
def test_each_pair_is_one_run_and_the_runs_are_in_order(rows: list[tuple[int, int]], sort: bool) -> None:
    rows = sorted(rows) if sort else rows
    user, item = (np.array([row[at] for row in rows], np.int32) for at in (0, 1))
    order, starts = pair_runs(user, item, 6, 5)
    assert sorted(order.tolist()) == list(range(len(rows)))
    stops = [*starts.tolist(), len(rows)][1:]
    runs = [{rows[at] for at in order[start:stop]} for start, stop in zip(starts.tolist(), stops, strict=True)]
    assert runs == [{pair} for pair in sorted(set(rows))]


@pytest.mark.parametrize("users", [0, 3])
def test_no_rows(users: int) -> None:
    order, starts = pair_runs(np.zeros(0, np.int32), np.zeros(0, np.int32), users, 2)
    assert not len(order)
    assert not len(starts)
