"""People who stop reading at a bad item: RIPS is right and IIPS is not, and the log itself shows it."""

from __future__ import annotations

import numpy as np
import pytest

from salience.events.fault import InvalidInput
from salience.optimise.ope.slate import Slates, cascade_dr, fits, iips, rips, sips
from tests.optimise.ope.worlds import pages

RUNS = 60


def test_who_reads_from_the_top() -> None:
    found: dict[str, list[float]] = {"SIPS": [], "IIPS": [], "RIPS": [], "Cascade-DR": []}
    covered = 0
    for seed in range(RUNS):
        world, truth = pages(2000, seed=seed)
        for one in (sips(world), iips(world), rips(world)):
            found[one.name].append(one.value - truth)
        robust = cascade_dr(world, seed=0)
        found[robust.name].append(robust.value - truth)
        covered += robust.low <= truth <= robust.high
    for name in ("SIPS", "RIPS", "Cascade-DR"):
        assert abs(np.mean(found[name])) < 3 * np.std(found[name]) / RUNS**0.5
    assert abs(np.mean(found["IIPS"])) > 0.05
    assert np.std(found["Cascade-DR"]) < np.std(found["RIPS"]) < np.std(found["SIPS"])
    assert covered >= 0.87 * RUNS


@pytest.mark.parametrize("reads_down", [True, False])
def test_the_assumption_is_checked_on_the_log(reads_down: bool) -> None:
    world, _ = pages(20_000, seed=1, reads_down=reads_down)
    found = {one.name: one.holds for one in fits(world)}
    assert found == {"IIPS": not reads_down, "RIPS": True}


def test_parts_of_other_shapes_are_refused() -> None:
    world, _ = pages(10, seed=0)
    with pytest.raises(InvalidInput):
        Slates.of(world.action, world.reward[:5], world.chance, world.target)
    with pytest.raises(InvalidInput):
        Slates.of(world.action, world.reward, world.chance * 0, world.target)
