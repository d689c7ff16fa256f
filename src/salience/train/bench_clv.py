"""The protocol ``clv``: BG/NBD and gamma-gamma on the purchases until a day, judged on the weeks behind it.

Where a learned correction of BG/NBD proved itself on an earlier part of the days, it is what is predicted, and both are
judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from salience.events.fault import InvalidInput
from salience.mine import bgnbd, gammagamma, learned_value
from salience.mine.purchases import Purchases
from salience.train.bench_outcome import Columns

Floats = NDArray[np.float64]


def clv(
    customers: Sequence[str], days: Sequence[int], values: Sequence[float] | None, cut: int, weeks: int, seed: int
) -> tuple[dict[str, Any], Columns]:
    """(what was found, columns row, customer, prediction, alive, value). Fitted on days <= ``cut`` only.

    The test part has numbers only if the file goes on for ``weeks`` after the cut.
    """
    known = Purchases.of(customers, days, values)
    if cut > int(known.days.max()):
        raise InvalidInput("calibrate-until", cut, "is after the last purchase", "name an earlier day")
    past = known.until(cut)
    model = bgnbd.fit(past)
    plain = expected = model.expected(past, weeks)
    found: dict[str, Any] = {"bgnbd": asdict(model), "seed": seed, "customers": len(expected)}
    learned = learned_value.fit(known, cut, weeks, seed=seed)
    if learned is not None:
        told = {name: getattr(learned, name) for name in ("gain", "low", "high", "bias")}
        found["learned"] = (
            told | {"used": learned.used} | dict(zip(learned_value.COLUMNS, learned.weights.tolist(), strict=True))
        )
        expected = learned.expected(known, model, cut)
    worth = expected
    if values is not None and ((past.frequency > 0) & (past.spend > 0)).sum() > 1:
        spend = gammagamma.fit(past)
        found["gammagamma"] = asdict(spend)
        worth = expected * spend.expected(past)
    counts, money = known.bought(past.codes, cut, cut + 7 * weeks)
    if counts.any():
        found["test"] = _judged(expected, counts) | {
            "value-expected": float(worth.sum()), "value-actual": float(money.sum()),
        }  # fmt: skip
        if learned is not None and learned.used:
            found["test of bgnbd alone"] = _judged(plain, counts)
    names = np.array(known.customers, dtype=object)[past.codes]
    columns = {"row": np.arange(len(names)), "customer": names, "prediction": expected}
    return found, columns | {"alive": model.alive(past), "value": worth}


def _judged(expected: Floats, counts: Floats) -> dict[str, float]:
    found = {
        "mae": float(np.abs(expected - counts).mean()),
        "rmse": float(np.sqrt(np.square(expected - counts).mean())),
        "expected": float(expected.sum()),
        "actual": float(counts.sum()),
    }
    if np.ptp(counts) > 0 and np.ptp(expected) > 0:
        found["correlation"] = float(np.corrcoef(expected, counts)[0, 1])
    return found
