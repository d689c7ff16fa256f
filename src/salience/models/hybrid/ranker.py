"""A learned order of candidates: LambdaMART (Burges 2010, "From RankNet to LambdaRank to LambdaMART: An Overview")
where LightGBM is installed (the ``rank`` extra), else one weight per feature.

Trees are kept as arrays and evaluated by NumPy, so that a saved model needs neither LightGBM nor its file format. The
line maximises the likelihood that what was bought was picked from a person's candidates C (a conditional logit),

    max over w of  mean over bought (u, i) of ln( exp(w.x_ui) / sum over c in C_u of exp(w.x_uc) )  -  ridge/2 |w|^2
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from salience.models.model import Arrays, Floats
from salience.models.predictor.trees import Trees, flattened, trees_from

RIDGE = 1e-3


@dataclass(frozen=True, eq=False)
class Line:
    """``weights`` of the features after (x - ``centre``) / ``width``, which is cut at -5 and 5."""

    weights: NDArray[np.float64]
    centre: NDArray[np.float64]
    width: NDArray[np.float64]

    def score(self, x: Floats) -> Floats:
        """w . x of each row, (rows,)."""
        told: Floats = (self.apart(x) @ self.weights).astype(np.float32)
        return told

    def apart(self, x: Floats) -> NDArray[np.float64]:
        """The features in widths from the centre, at most five: a sixth says no more."""
        z: NDArray[np.float64] = ((x - self.centre) / self.width).clip(-5, 5)
        return z

    def arrays(self) -> Arrays:
        """Three arrays."""
        return {"weights": self.weights, "centre": self.centre, "width": self.width}


Order = Trees | Line


def learned(x: Floats, bought: NDArray[np.bool_], sizes: NDArray[np.int64], *, trees: int, seed: int) -> Order:
    """From candidates sorted by person, of whom person p has ``sizes[p]``. ``trees`` 0, or no LightGBM: a line."""
    if trees:
        try:
            import lightgbm
        except ImportError:
            return line(x, bought, sizes)
        return boosted(lightgbm, x, bought, sizes, trees, seed)
    return line(x, bought, sizes)


def boosted(
    lightgbm: Any, x: Floats, bought: NDArray[np.bool_], sizes: NDArray[np.int64], trees: int, seed: int
) -> Trees:
    """LambdaMART with small trees and strong shrinkage."""
    settings = {
        "objective": "lambdarank",
        "lambdarank_truncation_level": 30,
        "learning_rate": 0.06,
        "num_leaves": 31,
        "min_data_in_leaf": 100 if len(x) > 100_000 else 20,
        "lambda_l2": 5.0,
        "feature_fraction": 0.7,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,  # a second one waits for a busy core, and costs far more than it saves
        "verbosity": -1,
    }
    data = lightgbm.Dataset(x, label=bought.astype(np.int32), group=sizes, free_raw_data=True)
    told = lightgbm.train(settings, data, num_boost_round=trees).dump_model()
    return flattened([tree["tree_structure"] for tree in told["tree_info"]])


def line(x: Floats, bought: NDArray[np.bool_], sizes: NDArray[np.int64]) -> Line:
    """The conditional logit. Persons who bought none of their candidates say nothing."""
    from scipy.optimize import minimize  # 0.3 s to import

    centre, width = x.mean(axis=0, dtype=np.float64), x.std(axis=0, dtype=np.float64)
    width = np.where(width > 1e-9, width, 1.0)
    z = Line(np.zeros(x.shape[1]), centre, width).apart(x)
    starts = np.concatenate(([0], np.cumsum(sizes)))[:-1][sizes > 0]
    owner = np.repeat(np.arange(len(starts)), sizes[sizes > 0])
    picked = np.add.reduceat(bought.astype(np.float64), starts) if len(starts) else np.zeros(0)
    total = max(1.0, float(picked.sum()))
    target = z[bought].sum(axis=0)

    def loss(w: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        s = z @ w
        most = np.maximum.reduceat(s, starts)
        chance = np.exp(s - most[owner])
        whole = np.add.reduceat(chance, starts)
        value = float(picked @ (np.log(whole) + most)) - float(target @ w)
        slope = z.T @ (chance * (picked / whole)[owner]) - target
        return value / total + RIDGE * float(w @ w) / 2, slope / total + RIDGE * w

    if not len(starts):
        return Line(np.zeros(x.shape[1]), centre, width)
    found = minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 200})
    return Line(found.x, centre, width)


def order_from(arrays: Mapping[str, NDArray[Any]], features: int) -> Order:
    """The inverse of ``arrays()`` of either kind; ValueError for trees that would lead outside their arrays."""
    if "weights" in arrays:
        shapes = {arrays[name].shape for name in ("weights", "centre", "width")}
        if shapes != {(features,)}:
            raise ValueError(f"weights: must be {features}, as the features")
        return Line(*(arrays[name].astype(np.float64) for name in ("weights", "centre", "width")))
    return trees_from(arrays, features)
