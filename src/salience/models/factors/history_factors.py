"""The fitted type of models that describe a person by the mean of what they took (NSVD; Paterek 2007, and FISM; Kabbur,
Ning, Karypis 2013). With factors v of an item as a cause, q of an item as an effect, and its bias b:

    score_i = b_i + |h|^-power sum over j in h of h_j v_j . q_i,        |h| the sum of the history

Nothing belongs to a person, so somebody who arrived a second ago is answered like everybody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.interactions import IdMap, Matrix
from salience.models.histories import read
from salience.models.model import Arrays, Floats, Model, People


@dataclass(frozen=True, eq=False)
class HistoryFactors(Model):
    """``causes`` v and ``effects`` q, (items, k); ``bias`` b, (items,); all float32."""

    kind: ClassVar[str] = "history-factors"

    causes: Floats
    effects: Floats
    bias: Floats
    power: float
    binary: bool

    def score(self, histories: Matrix) -> Floats:
        """The mean of the history's causes, against every effect."""
        person: Floats = scaled(read(histories, binary=self.binary), self.power) @ self.causes
        return np.asarray(person @ self.effects.T + self.bias, dtype=np.float32)

    def contributions(self, history: Matrix, item: int) -> Floats:
        """h_j |h|^-power v_j . q_item, and an equal share of the bias; they sum to the score."""
        h = scaled(read(history, binary=self.binary), self.power)
        pulls = h.data * (self.causes[history.indices] @ self.effects[item]) + self.bias[item] / max(1, history.nnz)
        return np.asarray(pulls, dtype=np.float32)

    def arrays(self) -> Arrays:
        """The factors, the bias and two settings."""
        return {
            "causes": self.causes,
            "effects": self.effects,
            "bias": self.bias,
            "power": np.array(self.power),
            "binary": np.array(self.binary),
        }

    @classmethod
    def from_arrays(cls, items: IdMap, arrays: Mapping[str, NDArray[Any]], *, people: People | None = None) -> Self:
        """Check the shapes, then wrap."""
        causes, effects, bias = (arrays[name].astype(np.float32, copy=False) for name in ("causes", "effects", "bias"))
        n = len(items)
        if causes.ndim != 2 or causes.shape != effects.shape or len(causes) != n or bias.shape != (n,):
            raise ValueError(
                f"causes, effects, bias: shapes {causes.shape}, {effects.shape}, {bias.shape} for {n} items"
            )
        power, binary = float(arrays["power"].item()), bool(arrays["binary"].item())
        return cls(items, causes, effects, bias, power, binary, people=people)


def scaled(histories: Matrix, power: float) -> Matrix:
    """Each row divided by its sum to the ``power``; rows that sum to 0 stay as they are."""
    total = np.asarray(histories.sum(axis=1), dtype=np.float64).ravel()
    by = np.repeat(np.where(total > 0, total, 1) ** -power, np.diff(histories.indptr))
    return sparse.csr_array(
        ((histories.data * by).astype(np.float32), histories.indices, histories.indptr), shape=histories.shape
    )
