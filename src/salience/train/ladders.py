"""What the tuner may set, as ladders: neighbouring values are about as far apart as a validation part can tell.

A ladder holds the default, and ends far beyond where any data set that we know of has its best value, so that the best
is seldom at an end. Settings that are not named keep their defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from salience.models.neighbours.term_weights import WEIGHTINGS

Ladder: TypeAlias = tuple[Any, ...]

L2: Ladder = (2.0, 5.0, 10.0, 20.0, 35.0, 50.0, 75.0, 100.0, 150.0, 200.0, 300.0, 500.0, 800.0, 1500.0, 3000.0, 8000.0)
NEIGHBOURS: Ladder = (10, 20, 35, 50, 75, 100, 150, 200, 350, 500, 1000, 2000, 4000)
SHRINK: Ladder = (0.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0)
POWER: Ladder = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5)
TILT: Ladder = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0)
FACTORS: Ladder = (4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)

LADDERS: Mapping[str, Mapping[str, Ladder]] = {
    "popularity": {},
    "content": {},
    "user-knn": {
        "neighbours": (20, 35, 50, 75, 100, 150, 200, 300, 500, 1000),
        "shrink": SHRINK,
        "tilt": TILT,
        "weighting": WEIGHTINGS,
    },
    "item-knn": {"neighbours": NEIGHBOURS, "shrink": SHRINK, "tilt": TILT, "weighting": WEIGHTINGS},
    "svd": {"factors": FACTORS},
    "als": {
        "alpha": (0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0),
        "reg": (0.0003, 0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1),
        "factors": (8, 16, 32, 64, 96, 128, 192, 256),
    },
    "ease": {"l2": L2},
    "near-ease": {"l2": L2, "neighbours": (50, 100, 200, 400, 800)},
    "slist": {"l2": L2, "l2_next": (30.0, 100.0, 300.0, 1000.0, 3000.0, 10000.0), "weight": (0.0, 0.5, 1.0, 2.0, 4.0)},
    "p3alpha": {"alpha": POWER, "neighbours": (50, 100, 200, 500, 1000, 2000, 4000)},
    "rp3beta": {
        "alpha": POWER,
        "beta": (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
        "neighbours": (50, 100, 200, 500, 1000, 2000, 4000),
    },
    "graph-filter": {
        "factors": FACTORS,
        "weight": (0.0, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 2.0),
        "item_power": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7),
        "user_power": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0),
        "sharpness": (0.0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0, 1.5),
    },
    "slim": {
        "l2": (0.03, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 40.0),
        "l1": (0.0, 0.001, 0.003, 0.006, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3),
        "positive": (True, False),
    },
    "bpr": {
        "epochs": (5, 10, 20, 40, 80),
        "reg": (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0),
        "rate": (0.001, 0.002, 0.005, 0.01),
        "factors": (16, 32, 64, 128),
    },
    "light-graph": {
        "epochs": (5, 10, 15, 20, 30, 45, 60, 90),
        "dropout": (0.2, 0.35, 0.5, 0.65, 0.8, 0.9),
        "layers": (0, 1, 2),
        "rate": (0.001, 0.002, 0.005, 0.01, 0.02),
        "factors": (16, 32, 64, 128, 256),
    },
}
