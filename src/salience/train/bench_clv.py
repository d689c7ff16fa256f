"""The protocol ``clv``: purchases and money to come, told from those until a day, judged on the weeks behind it.

Which model of buying is used is chosen on the last third of the days until then (`salience.mine.buying`); where a
learned correction proved itself on an earlier part of the days, it is added. BG/NBD alone is judged beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from salience.events.fault import InvalidInput
from salience.mine import bgnbd, buying, gammagamma, learned_value, paretonbd
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
    first, last = (date.fromordinal(int(day)).isoformat() for day in (known.days.min(), known.days.max()))
    day = date.fromordinal(cut).isoformat()
    if not first <= day < last:
        rule = "must be a day from the first purchase on and before the last one"
        raise InvalidInput("calibrate-until", day, rule, f"the file holds {first} to {last}")
    past = known.until(cut)
    published = bgnbd.fit(past)
    choice = buying.choose(known, cut)
    model = published if choice.name == buying.BGNBD else choice.fit(past)
    plain, expected = published.expected(past, weeks), model.expected(past, weeks)
    found: dict[str, Any] = {"bgnbd": asdict(published), "seed": seed, "customers": len(expected)}
    if choice.name != buying.BGNBD:
        found["paretonbd"] = asdict(paretonbd.fit(past))
    found["chosen"] = choice.name
    found["deviance before, the last third held back"] = dict(choice.deviance)
    learned = learned_value.fit(known, cut, weeks, base_fit=choice.fit, seed=seed)
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
        if model is not published or (learned is not None and learned.used):
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
