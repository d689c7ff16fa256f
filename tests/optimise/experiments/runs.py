"""A run as arrays, made by hand: what the tests of values, looks and verdicts share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from salience.events.experiment import Arm, Design, Metric
from salience.optimise.experiments.book import Allocation, Run
from salience.optimise.experiments.measured import DAY_MS, Measured, columns
from salience.optimise.experiments.sums import Floats

BEGAN = 1_760_000_000_000
BUYS = Metric(name="buys", event="click", days=1, role="primary")
DESIGN = Design(arms=(Arm(name="control"), Arm(name="new")), metrics=(BUYS,), units=4_000, min_days=2)
ARMS = ("control", "new")


def run_of(design: Design) -> Run:
    return Run("s", (0.0, 1.0), design, BEGAN, [Allocation(BEGAN, {"control": 0.5, "new": 0.5})])


def measured(
    design: Design,
    exposed: Floats,
    arm: NDArray[np.int64] | Floats,
    rows: list[tuple[int, str, float, float]],
    **more: object,
) -> Measured:
    """``exposed`` in days; ``rows``: (unit, event, days since the start, worth), received when they happened."""
    found = columns(design)
    names = [need.event for need in found]
    times = (BEGAN + np.asarray(exposed) * DAY_MS).astype(np.int64)
    when = np.array([BEGAN + day * DAY_MS for _, _, day, _ in rows], np.int64)
    return Measured(
        arms=design.names,
        arm=np.asarray(arm, np.int64),
        exposed=times,
        received=times,
        until=np.full(len(times), 1 << 60),
        columns=found,
        unit=np.array([unit for unit, _, _, _ in rows], np.int64),
        column=np.array([names.index(event) for _, event, _, _ in rows], np.int64),
        time=when,
        known=when,
        worth=np.array([worth for _, _, _, worth in rows], np.float64),
        segments={},
        **more,  # type: ignore[arg-type]
    )


def world(design: Design, units: int, days: int, rates: tuple[float, float], seed: int) -> Measured:
    """Units that come evenly; each clicks a minute after its exposure with the rate of its arm."""
    rng = np.random.default_rng(seed)
    exposed = np.sort(rng.random(units) * days)
    arm = (rng.random(units) < 0.5).astype(np.int64)
    clicked = np.flatnonzero(rng.random(units) < np.array(rates)[arm])
    return measured(design, exposed, arm, [(int(u), "click", exposed[u] + 0.001, 1.0) for u in clicked])
