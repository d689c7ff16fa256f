from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salience.evaluate import (
    SPLITS,
    Split,
    global_cut,
    leave_last_out,
    leave_users_out,
    newest_fraction,
    random_fraction,
    split_by,
)
from salience.events import InvalidInput
from salience.events.interactions import Interactions

Rows = list[tuple[str, str, float, int]]


def rows_of(data: Interactions) -> Rows:
    return sorted(
        (data.users.names[u], data.items.names[i], float(v), int(t))
        for u, i, v, t in zip(data.user, data.item, data.value, data.time, strict=True)
    )


@st.composite
def tables(draw: st.DrawFn) -> Interactions:
    size = draw(st.integers(4, 40))
    row = st.tuples(st.sampled_from("abcd"), st.sampled_from("uvwxyz"), st.just(1.0), st.integers(0, 6))
    rows: Rows = draw(st.lists(row, min_size=size, max_size=size))
    return Interactions.from_rows([("a", "u", 1.0, 0), ("a", "v", 1.0, 9), *rows])


@given(tables(), st.sampled_from(sorted(SPLITS)))
def test_no_row_is_lost_or_doubled(data: Interactions, name: str) -> None:
    split = split_by(name, data, 0.3, seed=1)
    assert sorted(rows_of(split.train) + rows_of(split.test)) == rows_of(data)
    assert split.train.items is split.test.items is data.items
    assert split.rule


@given(tables())
def test_newest_fraction_never_tests_the_older_of_two(data: Interactions) -> None:
    split = newest_fraction(data, 0.3)
    for user in range(len(data.users)):
        train, test = split.train.time[split.train.user == user], split.test.time[split.test.user == user]
        total = len(train) + len(test)
        assert len(test) == (max(1, int(total * 0.3)) if total > 1 else 0)
        if len(train) and len(test):
            assert train.max() <= test.min()


@given(tables())
def test_global_cut_has_one_moment(data: Interactions) -> None:
    split = global_cut(data, 0.3)
    assert split.train.time.max() < split.test.time.min()
    assert len(split.test) >= int(0.3 * len(data)) or len(np.unique(split.train.time)) == 1


@given(tables())
def test_the_order_of_the_file_does_not_matter_where_times_tie(data: Interactions) -> None:
    order = np.random.default_rng(0).permutation(len(data))
    turned = Interactions(
        data.users, data.items, data.user[order], data.item[order], data.value[order], data.time[order]
    )
    for cut in (newest_fraction, global_cut, leave_last_out):
        assert rows_of(cut(data).test) == rows_of(cut(turned).test)


def test_a_fifth_of_ten_is_two() -> None:
    data = Interactions.from_rows([("a", f"i{t}", 1.0, t) for t in range(10)])
    assert newest_fraction(data, 0.2).test.time.tolist() == [8, 9]


def test_leave_last_out_keeps_lone_rows_for_training() -> None:
    data = Interactions.from_rows([("a", "x", 1.0, 1), ("a", "y", 1.0, 2), ("b", "x", 1.0, 3)])
    assert rows_of(leave_last_out(data).test) == [("a", "y", 1.0, 2)]


def test_random_is_seeded() -> None:
    data = Interactions.from_rows([("a", f"i{t}", 1.0, t) for t in range(50)])
    first: Split = random_fraction(data, 0.2, seed=4)
    assert rows_of(first.test) == rows_of(random_fraction(data, 0.2, seed=4).test)
    assert rows_of(first.test) != rows_of(random_fraction(data, 0.2, seed=5).test)
    assert len(first.test) == 10


def test_one_time_for_all_rows_cannot_be_cut() -> None:
    with pytest.raises(InvalidInput, match="all rows have one time"):
        global_cut(Interactions.from_rows([("a", "x", 1.0, 5), ("b", "y", 1.0, 5)]))


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.1, 2.0, float("nan")])
def test_impossible_fractions_are_refused(fraction: float) -> None:
    with pytest.raises(InvalidInput, match="fraction"):
        newest_fraction(Interactions.from_rows([("a", "x", 1.0, 5)]), fraction)


def test_an_unknown_split_lists_those_there_are() -> None:
    with pytest.raises(InvalidInput, match="user-time, time, last, random"):
        split_by("weekly", Interactions.from_rows([("a", "x", 1.0, 5)]))


def test_people_left_out_are_strangers_asked_with_what_they_did_before() -> None:
    rows = [(f"u{u}", f"i{t}", 1.0, t + 1) for u in range(10) for t in range(3)]
    split = leave_users_out(Interactions.from_rows(rows), 0.3)
    assert split.known is not None
    out = set(split.test.user.tolist())
    assert len(out) == 3
    assert out.isdisjoint(split.train.user.tolist())
    assert set(split.known.user.tolist()) == out
    assert {split.test.items.names[code] for code in split.test.item} == {"i2"}
    assert len(split.known) == 6
    assert len(split.train) == 21
