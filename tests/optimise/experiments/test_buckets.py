from __future__ import annotations

import numpy as np
import pytest

from salience.events import InvalidInput
from salience.optimise.experiments.buckets import arm_at, assigned, checked_shares, place, room

UNITS = [f"u{at}" for at in range(20_000)]
HALVES = {"control": 0.5, "new": 0.5}


def test_places_are_spread_evenly_and_salts_are_independent() -> None:
    one, other = (np.array([place(salt, unit) for unit in UNITS]) for salt in ("home-1", "home-2"))
    assert np.abs(np.histogram(one, 10, (0, 1))[0] / len(UNITS) - 0.1).max() < 0.01
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.03


def test_a_restart_deals_anew() -> None:
    first, second = ([arm_at(place(salt, unit), HALVES) for unit in UNITS] for salt in ("s1", "s2"))
    again = np.mean([a == b for a, b in zip(first, second, strict=True)])
    assert again == pytest.approx(0.5, abs=0.02)


def test_experiments_of_one_layer_share_nobody_and_those_of_two_layers_cross_evenly() -> None:
    left = {u for u in UNITS if assigned(u, salt="a", layer="pages", span=(0.0, 0.4), shares=HALVES)}
    right = {u for u in UNITS if assigned(u, salt="b", layer="pages", span=(0.4, 1.0), shares=HALVES)}
    assert not left & right
    assert left | right == set(UNITS)
    other = {u for u in UNITS if assigned(u, salt="c", layer="mail", span=(0.0, 0.5), shares=HALVES)}
    assert len(left & other) / len(left) == pytest.approx(0.5, abs=0.02)


def test_an_arm_without_a_share_gets_nobody() -> None:
    assert {arm_at(at, {"control": 0.0, "a": 0.3, "b": 0.7}) for at in (0.0, 0.29, 0.3, 0.9999999)} == {"a", "b"}


def test_a_span_is_found_between_others_or_refused() -> None:
    assert room(0.2, [(0.5, 1.0), (0.0, 0.3)], "pages") == (0.3, 0.5)
    with pytest.raises(InvalidInput, match="no free span of 30%"):
        room(0.3, [(0.0, 0.3), (0.5, 1.0)], "pages")


@pytest.mark.parametrize(
    ("shares", "rule"),
    [({"control": 0.5, "nwe": 0.5}, "is no arm"), ({"control": 0.5, "new": 0.6}, "sum to 1"), ({"new": 1.0}, "fewer")],
)
def test_shares_that_do_not_fit_are_refused(shares: dict[str, float], rule: str) -> None:
    with pytest.raises(InvalidInput, match=rule):
        checked_shares(shares, ("control", "new"))
