"""Several predictors as one: a weighted sum of their log odds, then a calibration. And the one that knows nothing.

odds(x) = calibration( sum over members k of weight_k odds_k(x) + shift ),   or, if ``linear``,
odds(x) = calibration( ln( sum over members k of weight_k P_k(x) ) + shift )

Sums of log odds are sharper, for members that err alike; means of probabilities are safer where members disagree
because the world has moved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from salience.models.model import Arrays
from salience.models.predictor.bayes import Independent
from salience.models.predictor.boosting import Boosted
from salience.models.predictor.calibration import Calibration
from salience.models.predictor.columns import Floats, Rows
from salience.models.predictor.forest import Shares
from salience.models.predictor.logistic import Lines
from salience.models.predictor.network import Layers
from salience.models.predictor.predictor import Predictor, softmax

KINDS: Mapping[str, type[Predictor]] = {one.kind: one for one in (Independent, Lines, Shares, Boosted, Layers)}


@dataclass(frozen=True, eq=False)
class Blend(Predictor):
    """``weights`` one a member; ``shift`` (classes,). Without members, the shift is all that is known."""

    kind: ClassVar[str] = "blend"

    members: tuple[Predictor, ...]
    weights: Floats
    shift: Floats
    calibration: Calibration
    linear: bool = False

    def log_odds(self, rows: Rows) -> Floats:
        """Mixed, then calibrated."""
        return self.calibration.apply(self.mixed(rows))

    def mixed(self, rows: Rows) -> Floats:
        """Before the calibration."""
        told = [member.log_odds(rows) for member in self.members]
        return (averaged if self.linear else mixed)(told, self.weights, self.shift, len(rows))

    def arrays(self) -> Arrays:
        """Those of the members under "k.", their kinds as bytes, and those of the calibration under "c."."""
        out: Arrays = {"weights": self.weights, "shift": self.shift, "linear": np.array([self.linear])}
        out |= {f"c.{name}": array for name, array in self.calibration.arrays().items()}
        for number, member in enumerate(self.members):
            out[f"{number}.kind"] = np.frombuffer(member.kind.encode(), dtype=np.uint8)
            out |= {f"{number}.{name}": array for name, array in member.arrays().items()}
        return out

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Blend:
        """The inverse."""
        members = []
        for number in range(len(arrays["weights"])):
            own = _under(arrays, f"{number}.")
            kind = own.pop("kind").astype(np.uint8).tobytes().decode()
            if kind not in KINDS:
                raise ValueError(f"member {number}: of the unknown kind {kind!r}")
            members.append(KINDS[kind].from_arrays(own))
        calibration, linear = Calibration.from_arrays(_under(arrays, "c.")), bool(arrays["linear"][0])
        return cls(tuple(members), arrays["weights"], arrays["shift"], calibration, linear)


def mixed(odds: Sequence[Floats], weights: Floats, shift: Floats, rows: int) -> Floats:
    """The weighted sum of members' log odds, each centred in its row, and the shift: (rows, classes)."""
    told = np.tile(shift, (rows, 1))
    for one, weight in zip(odds, weights, strict=True):
        told = told + weight * (one - one.mean(axis=1, keepdims=True))
    return told


def averaged(odds: Sequence[Floats], weights: Floats, shift: Floats, rows: int) -> Floats:
    """The logarithm of the weighted mean of members' probabilities, and the shift: (rows, classes)."""
    told = np.zeros((rows, len(shift)))
    for one, weight in zip(odds, weights, strict=True):
        told = told + weight * softmax(one)
    return np.asarray(np.log(told) + shift)


def _under(arrays: Mapping[str, NDArray[Any]], prefix: str) -> Arrays:
    return {name[len(prefix) :]: array for name, array in arrays.items() if name.startswith(prefix)}
