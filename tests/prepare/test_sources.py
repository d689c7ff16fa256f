from __future__ import annotations

from salience.events import Position, Purchase, Search, View
from salience.prepare.activity import DAY_MS
from salience.prepare.sources import EARLY_MS, sources

AT = 10 * DAY_MS + 5 * 3_600_000


def test_counts_by_source_and_day() -> None:
    made = sources(
        [
            [View(id="1", user="ann", item="tea", time=AT, source="web", session="s")],
            [
                View(id="2", anonymous="c", item="tea", time=AT + DAY_MS, source="web", context={"bot": True}),
                Purchase(id="3", user="ann", item="tea", time=AT, price=12.0, source="till"),
                Search(id="4", user="ann", query="tea", time=AT, received=AT - EARLY_MS - 1, source="web"),
            ],
        ]
    )
    assert sorted(made) == ["till", "web"]
    assert sorted(made["web"]) == [10, 11]
    first, second = made["web"][10], made["web"][11]
    assert (first.events, first.early, second.machines) == (2, 1, 1)
    assert first.mixes["kind"] == {"view": 1, "search": 1}
    assert first.mixes["hour"] == {"04 h": 2}
    assert (first.asked["session"], first.missing["session"]) == (2, 1)
    assert (made["till"][10].mixes["price"], made["till"][10].missing["price"]) == ({"under 16": 1}, 0)


def test_what_the_engine_writes_is_no_source_s() -> None:
    assert sources([[Position(id="1", source="stream", time=AT, received=AT, place="5")]]) == {}
    told = View(id="1", user="ann", item="tea", time=AT, source="salience:predict")
    assert sources([[told]]) == {}


def test_days_add_up() -> None:
    made = sources([[View(id=str(n), item="tea", time=AT + n % 2 * DAY_MS, source="web") for n in range(5)]])
    both = made["web"][10] + made["web"][11]
    assert (both.events, both.missing["person"], both.mixes["kind"]["view"]) == (5, 5, 5)
