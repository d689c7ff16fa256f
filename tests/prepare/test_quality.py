from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from salience.events import AnyEvent, InvalidInput, View
from salience.prepare.activity import DAY_MS
from salience.prepare.quality import Alarm, quality
from salience.prepare.sources import sources

DAYS = 35


def events(rng: np.random.Generator, change: str = "", volume: int = 200) -> Iterator[AnyEvent]:
    """Five weeks of a web shop, quiet on Sundays; in the last week something changes."""
    n = 0
    for day in range(DAYS):
        late = day >= DAYS - 7
        many = volume // 4 if day % 7 == 3 else volume
        if late and change == "silent":
            continue
        for _ in range(rng.poisson(many * (0.2 if day == DAYS - 2 and change == "dip" else 1))):
            lost = rng.random() < (0.3 if late and change == "lost" else 0.02)
            item = rng.integers(0, 5 if late and change == "mix" else 60)
            n += 1
            yield View(
                id=str(n), user="" if lost else "ann", item=f"i{item}", source="web",
                time=int(day * DAY_MS + rng.integers(0, DAY_MS)),
            )  # fmt: skip


def alarms(change: str, seed: int = 0) -> list[Alarm]:
    (one,) = quality(sources([list(events(np.random.default_rng(seed), change))]), DAYS * DAY_MS)
    return list(one.alarms)


def test_a_steady_source_raises_no_alarm() -> None:
    assert [alarm for seed in range(5) for alarm in alarms("", seed)] == []


@pytest.mark.parametrize(
    ("change", "what"), [("silent", "volume"), ("dip", "volume"), ("lost", "missing person"), ("mix", "mix of items")]
)
def test_each_trouble_is_named(change: str, what: str) -> None:
    found = alarms(change)
    assert [(alarm.level, alarm.what) for alarm in found] == [("alarm", what)]
    assert found[0].words


def test_the_last_days_are_not_part_of_what_they_are_compared_with() -> None:
    (found,) = alarms("lost")
    assert found.words.endswith("2% before")


def test_few_days_are_not_compared() -> None:
    made = sources([[View(id=str(n), user="a", item="tea", time=n * DAY_MS, source="web") for n in range(5)]])
    (one,) = quality(made, 5 * DAY_MS)
    assert (one.alarms, one.compared, one.first, one.last) == ((), "5 days are too few", "1970-01-01", "1970-01-05")


def test_windows_must_make_sense() -> None:
    with pytest.raises(InvalidInput):
        quality({}, 0, recent=7, before=3)
