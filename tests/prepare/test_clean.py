"""Cleaning: the same rows from DuckDB, Polars and a plain loop, and every event accounted for."""

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salience.events import Alias, AnyEvent, Click, Identify, Impression, Item, Purchase, Rating, View
from salience.prepare.clean import (
    BOT,
    DUPLICATE,
    KEPT,
    MINUTE_MS,
    PACED,
    WEAK,
    WITHDRAWN,
    Cleaning,
    clean,
    collapsed,
    judged,
)
from salience.prepare.table import KINDS, Columns, fetch, lazy, table

Row = dict[str, Any]
RATING = KINDS.index("rating")


def reference(rows: Sequence[Row], withdrawn: set[int], cleaning: Cleaning) -> list[int]:
    """The fate of each row, in plain Python."""
    seen: set[tuple[int, ...]] = set()
    again = []
    for row in rows:
        key = (row["user"], row["item"], row["kind"], row["time"])
        again.append(key in seen)
        seen.add(key)
    fast = set()
    for user in {row["user"] for row in rows}:
        times = sorted(
            r["time"] for r, a in zip(rows, again, strict=True) if r["user"] == user and r["kind"] in PACED and not a
        )
        n = cleaning.per_minute
        if any(late - early < MINUTE_MS for early, late in zip(times, times[n:], strict=False)):
            fast.add(user)
    fates = []
    for row, repeated in zip(rows, again, strict=True):
        spared = cleaning.keep_zero_ratings and row["kind"] == RATING
        fates.append(
            WITHDRAWN if row["user"] in withdrawn
            else DUPLICATE if repeated
            else BOT if row["bot"] or row["user"] in fast
            else WEAK if row["strength"] <= 0 and not spared
            else KEPT
        )  # fmt: skip
    return fates


def pairs(rows: Sequence[Row], fates: Sequence[int]) -> list[tuple[int, int, float, int]]:
    """(user, item, strength, time) of what is left, in plain Python."""
    best: dict[tuple[int, int], tuple[float, int, int]] = {}
    for row, fate in zip(rows, fates, strict=True):
        if fate == KEPT:
            key = (row["user"], row["item"])
            strength, time, first = best.get(key, (-1.0, -1, row["row"]))
            best[key] = (max(strength, row["strength"]), max(time, row["time"]), first)
    ordered = sorted(best.items(), key=lambda pair: pair[1][1:])
    return [(*key, strength, time) for key, (strength, time, _) in ordered]


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "user": st.integers(0, 3),
            "item": st.integers(0, 3),
            "kind": st.integers(0, len(KINDS) - 1),
            "time": st.integers(0, 4).map(lambda t: t * 20_000),
            "strength": st.sampled_from([0.0, 0.25, 0.5, 1.0]),
            "bot": st.sampled_from([False, False, False, True]),
        }
    ),
    min_size=1,
    max_size=30,
)


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
@settings(deadline=None, max_examples=20)
@given(
    rows=ROWS,
    withdrawn=st.sets(st.integers(0, 3), max_size=2),
    cleaning=st.builds(Cleaning, per_minute=st.integers(1, 4), keep_zero_ratings=st.booleans()),
)
def test_engines_agree_with_a_plain_loop(engine: str, rows: list[Row], withdrawn: set[int], cleaning: Cleaning) -> None:
    rows = [{"row": place, **row} for place, row in enumerate(rows)]
    columns: Columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    frame: nw.LazyFrame[Any] = lazy(columns) if engine == "duckdb" else nw.from_native(pl.LazyFrame(columns))
    judgement = judged(frame, withdrawn=withdrawn, cleaning=cleaning)
    expected = reference(rows, withdrawn, cleaning)
    assert fetch(judgement.sort("row"))["fate"].tolist() == expected
    left = fetch(collapsed(judgement))
    found = zip(*(left[name].tolist() for name in ("user", "item", "strength", "time")), strict=True)
    assert list(found) == pairs(rows, expected)


WORLD: list[AnyEvent] = [
    Item(id="i", item="salt", categories=("Food",)),
    Identify(id="t", user="ann", traits={"age": 30}),
    View(id="1", user="ann", item="tea", time=86_400_000),
    View(id="2", user="ann", item="tea", time=86_400_000),
    Purchase(id="3", user="ann", item="tea", time=86_400_001),
    View(id="4", user="ann", item="tea", time=86_400_002),
    Impression(id="5", user="bob", item="tea", time=86_400_003),
    Rating(id="6", user="bob", item="milk", value=1, time=86_400_004),
    Click(id="7", user="eve", item="tea", time=86_400_005, context={"bot": True}),
    Click(id="8", user="kim", item="tea", time=86_400_006),
    Click(id="9", item="tea", time=86_400_007),
    Rating(id="10", user="bob", item="tea", value=6, time=86_400_008),
    Click(id="11", user="bob", item="tea", time=2 * 86_400_000),
]


def test_every_event_is_in_one_count() -> None:
    data, quality = clean(table([WORLD]), withdrawn=["kim"])
    assert quality.balanced
    assert (quality.events, quality.kept, quality.repeats) == (11, 2, 2)
    assert (quality.missing, quality.out_of_range, quality.withdrawn) == (1, 1, 1)
    assert (quality.duplicates, quality.bots, quality.bot_people, quality.weak) == (1, 1, 1, 2)
    assert (quality.users, quality.items, quality.density) == (2, 1, 1.0)
    assert (quality.first, quality.last) == (86_400_002, 2 * 86_400_000)
    assert (data.value.tolist(), data.time.tolist()) == ([1.0, 0.5], [86_400_002, 2 * 86_400_000])
    assert "1970-01-02 to 1970-01-03" in str(quality)


def test_items_are_those_with_rows_then_the_rest_of_the_catalogue() -> None:
    data, _ = clean(table([WORLD]))
    assert data.items.names == ("tea", "salt")
    assert data.attributes is not None
    assert data.attributes.values.toarray().tolist() == [[0], [1]]


def test_traits_follow_the_users() -> None:
    data, _ = clean(table([WORLD]))
    assert data.users.names == ("ann", "bob", "kim")
    assert data.traits is not None
    assert data.traits.names == ("age", "age known")
    assert data.traits.values.toarray().tolist() == [[0, 1], [0, 0], [0, 0]]


def test_the_worst_grade_can_be_kept_as_seen_but_not_wanted() -> None:
    data, quality = clean(table([WORLD]), cleaning=Cleaning(keep_zero_ratings=True))
    milk = data.items.code("milk")
    assert data.value[data.item == milk].tolist() == [0]
    assert data.matrix.nnz == len(data)
    assert quality.weak == 1


def test_whoever_withdraws_takes_all_their_names_along() -> None:
    events = [*WORLD, Alias(id="a", previous="ann", user="anna")]
    for name in ("ann", "anna"):
        data, quality = clean(table([events]), withdrawn=[name])
        assert "anna" not in data.users.names
        assert quality.withdrawn == 4


def test_a_basket_bought_at_once_is_no_bot_but_a_burst_of_clicks_is() -> None:
    bought: list[AnyEvent] = [Purchase(id=f"p{i}", user="ann", item=f"i{i}", time=5) for i in range(150)]
    steady: list[AnyEvent] = [Click(id=f"s{i}", user="bob", item=f"i{i}", time=i * 600) for i in range(100)]
    burst: list[AnyEvent] = [Click(id=f"c{i}", user="eve", item=f"i{i}", time=i * 594) for i in range(101)]
    data, quality = clean(table([bought + steady + burst]))
    assert data.users.names == ("ann", "bob")
    assert (quality.bots, quality.bot_people) == (101, 1)


def test_nothing_in_nothing_out() -> None:
    data, quality = clean(table([]))
    assert (len(data), len(data.users), quality.balanced, quality.kept) == (0, 0, True, 0)
    assert "nothing kept" in str(quality)
