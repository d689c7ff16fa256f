import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salience.events import pairs
from salience.events.interactions import IdMap, Interactions
from salience.events.pairs import pair_runs
from salience.models.popularity import Popularity

Rows = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4)), max_size=60)


@given(Rows, st.booleans(), st.sampled_from([1, 3, 20, 2**20]))
def test_each_pair_is_one_run_and_the_runs_are_in_order(rows: list[tuple[int, int]], sort: bool, block: int) -> None:
    rows = sorted(rows) if sort else rows
    user, item = (np.array([row[at] for row in rows], np.int32) for at in (0, 1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairs, "BLOCK", block)
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


def test_small_blocks_make_the_same_matrix_and_the_same_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    n, users, items = 3000, 70, 40
    ids = IdMap(tuple(map(str, range(users)))), IdMap(tuple(map(str, range(items))))
    user, item = (rng.integers(0, most, n).astype(np.int32) for most in (users - 3, items))

    value = rng.random(n).astype(np.float32)

    def table() -> Interactions:
        return Interactions(*ids, user, item, value, np.arange(n) * 1000)

    whole = table().matrix
    expected = np.zeros((users, items), np.float32)
    np.maximum.at(expected, (user, item), value)
    counts = Popularity(half_life_days=0.01).fit(table()).people_per_item
    monkeypatch.setattr(pairs, "BLOCK", 100)
    small = table().matrix
    np.testing.assert_array_equal(whole.toarray(), expected)
    np.testing.assert_array_equal(small.toarray(), expected)
    assert small.has_canonical_format
    assert len(small.data) == len(small.indices) == small.indptr[-1]
    np.testing.assert_allclose(Popularity(half_life_days=0.01).fit(table()).people_per_item, counts, rtol=1e-6)
