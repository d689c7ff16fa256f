from __future__ import annotations

import numpy as np
import pytest

from salience.prepare.clean import PACED, Cleaning
from salience.prepare.table import KINDS, Columns, fetch
from salience.prepare.visits import people, visits
from tests.prepare.engines import ENGINES, Engine

GAP = 30 * 60_000


def world() -> Columns:
    rng = np.random.default_rng(2)
    n = 1500
    columns: Columns = {
        "user": rng.integers(0, 40, n).astype(np.int32),
        "item": rng.integers(0, 30, n).astype(np.int32),
        "kind": rng.integers(0, len(KINDS), n).astype(np.int8),
        "time": rng.integers(0, 9 * 3_600_000, n),
        "strength": rng.choice([0.0, 0.25, 0.5, 1.0], n),
        "bot": np.zeros(n, bool),
    }
    again = rng.integers(0, n, n // 5)
    for name in ("user", "item", "kind", "time"):
        columns[name][: len(again)] = columns[name][again]
    columns["bot"][columns["user"] == 3] = True
    columns["time"][columns["user"] == 4] %= 20_000  # too fast for a person
    return {"row": np.arange(n), **columns}


def plain(columns: Columns, per_minute: int) -> dict[tuple[int, int], tuple[int, int, int, float]]:
    """(user, visit) -> rows, first, last, strength: one row after the other."""
    names = ("time", "row", "user", "item", "kind", "strength", "bot")
    rows = sorted(zip(*(columns[name].tolist() for name in names), strict=True), key=lambda r: r[1])
    seen, kept = set(), []
    paced: dict[int, list[int]] = {}
    for row in rows:
        if (row[2], row[3], row[4], row[0]) not in seen:
            seen.add((row[2], row[3], row[4], row[0]))
            kept.append(row)
            if row[4] in PACED:
                paced.setdefault(row[2], []).append(row[0])
    flagged = {row[2] for row in rows if row[6]}
    fast = {
        user
        for user, times in paced.items()
        for early, late in zip(sorted(times), sorted(times)[per_minute:], strict=False)
        if late - early < 60_000
    }
    made: dict[tuple[int, int], tuple[int, int, int, float]] = {}
    last: dict[int, tuple[int, int]] = {}
    for time, _, user, _, _, strength, bot in sorted(kept):
        if bot or user in fast or strength <= 0:
            continue
        before, visit = last.get(user, (time, 0))
        visit += time - before > GAP
        last[user] = time, visit
        rows_, first, _, total = made.get((user, visit), (0, time, time, 0.0))
        made[user, visit] = rows_ + 1, first, time, total + strength
    assert fast
    assert flagged - {3} == set()
    return made


@ENGINES
def test_it_is_what_going_through_row_by_row_gives(engine: Engine) -> None:
    columns = world()
    out = fetch(visits(engine(columns)[0], cleaning=Cleaning(per_minute=10)))
    names = ("user", "visit", "rows", "first", "last", "strength")
    found = {
        (int(u), int(v)): (int(r), int(f), int(z), float(s))
        for u, v, r, f, z, s in zip(*(out[n] for n in names), strict=True)
    }
    assert found == plain(columns, 10)


@ENGINES
def test_people_are_the_sums_of_their_visits(engine: Engine) -> None:
    columns = world()
    per_visit = fetch(visits(engine(columns)[0]))
    out = fetch(people(engine(per_visit)[0]).sort("user"))
    for place, user in enumerate(out["user"].tolist()):
        mine = per_visit["user"] == user
        assert out["visits"][place] == mine.sum()
        assert out["rows"][place] == per_visit["rows"][mine].sum()
        assert out["seconds"][place] == pytest.approx((per_visit["last"] - per_visit["first"])[mine].sum() / 1000)
        assert sum(out[kind][place] for kind in KINDS) == out["rows"][place]
