from __future__ import annotations

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.prepare.activity import DAY_MS, PRIOR, activity, overall_rates, with_rates
from salience.prepare.table import KINDS, Columns, fetch
from tests.prepare.engines import ENGINES, Engine

MOMENT = 40 * DAY_MS


def world() -> Columns:
    rng = np.random.default_rng(3)
    return {
        "user": rng.integers(0, 12, 900),
        "item": rng.integers(0, 20, 900),
        "kind": rng.integers(0, len(KINDS), 900).astype(np.int8),
        "time": rng.integers(0, 50 * DAY_MS, 900),
    }


@ENGINES
def test_counts_windows_and_recency_are_those_of_a_plain_loop(engine: Engine) -> None:
    columns = world()
    out = fetch(activity(engine(columns)[0], MOMENT).sort("user"))
    for place, user in enumerate(out["user"].tolist()):
        mine = (columns["user"] == user) & (columns["time"] < MOMENT)
        time, kind = columns["time"][mine], columns["kind"][mine]
        assert out["recency"][place] == pytest.approx((MOMENT - time.max()) / DAY_MS)
        assert out["tenure"][place] == pytest.approx((MOMENT - time.min()) / DAY_MS)
        assert out["active"][place] == len(np.unique(time // DAY_MS))
        assert out["items"][place] == len(np.unique(columns["item"][mine]))
        for code, name in enumerate(KINDS):
            assert out[name][place] == (kind == code).sum()
            for days in (1, 7, 30):
                assert out[f"{name} {days}d"][place] == ((kind == code) & (time >= MOMENT - days * DAY_MS)).sum()


@ENGINES
def test_what_comes_at_the_moment_or_later_does_not_count(engine: Engine) -> None:
    columns = world()
    columns["time"][:50] = MOMENT
    early = {name: values[columns["time"] < MOMENT] for name, values in columns.items()}
    found, again = (fetch(activity(engine(c)[0], MOMENT).sort("user")) for c in (columns, early))
    assert all(np.array_equal(found[name], again[name]) for name in found)


@ENGINES
def test_rates_are_drawn_towards_everybody_s(engine: Engine) -> None:
    counted = {"user": np.array([1, 2]), "click": np.array([2, 8]), "impression": np.array([2, 98])}
    counted |= {"cart": np.array([0, 0]), "view": np.array([0, 0]), "purchase": np.array([0, 0])}
    overall = overall_rates(engine(counted)[0])
    assert overall == {"click rate": 0.1, "cart rate": 0.0, "buying rate": 0.0}
    rates = fetch(with_rates(engine(counted)[0], overall).sort("user"))["click rate"]
    assert rates.tolist() == pytest.approx([(2 + PRIOR * 0.1) / (2 + PRIOR), (8 + PRIOR * 0.1) / (98 + PRIOR)])


def test_windows_are_whole_days() -> None:
    from salience.prepare.table import lazy

    with pytest.raises(InvalidInput, match="windows"):
        activity(lazy(world()), MOMENT, windows=(0,))
