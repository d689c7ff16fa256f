"""Naive Bayes: every variable speaks for itself, given the class.

    ln P(c | x) = ln P(c) + temper * sum over variables v of ln P(x_v in its bin | c) + constant
    P(b | c) = (n_bc + smooth / bins) / (n_c + smooth)

Numbers are cut into bins of equally many rows; a level is a bin. ``temper`` 1 is the textbook; less than 1 admits that
variables repeat each other, which makes the plain product far too sure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from salience.models.model import Arrays
from salience.models.predictor.bins import Bins
from salience.models.predictor.columns import Floats, Rows
from salience.models.predictor.predictor import Codes, Learner, Predictor, shares
from salience.models.settings import positive, whole


@dataclass(frozen=True, eq=False)
class Independent(Predictor):
    """``table`` (bins of all variables behind one another, classes): ln P(bin | class); ``prior`` (classes,)."""

    kind: ClassVar[str] = "naive-bayes"

    bins: Bins
    table: Floats
    prior: Floats

    def log_odds(self, rows: Rows) -> Floats:
        """The sum of what the variables say."""
        told = np.tile(self.prior, (len(rows), 1))
        places = self.bins.places(rows.codes)
        first = np.cumsum(self.bins.sizes) - self.bins.sizes
        for variable in range(len(self.bins)):
            told += self.table[first[variable] + places[:, variable]]
        return told

    def arrays(self) -> Arrays:
        """Four arrays."""
        return {"table": self.table, "prior": self.prior, **self.bins.arrays()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Independent:
        """The inverse."""
        made = cls(Bins.from_arrays(arrays), arrays["table"], arrays["prior"])
        if made.table.shape != (int(made.bins.sizes.sum()), len(made.prior)):
            raise ValueError("table: must have a row a bin and a column a class")
        return made


@dataclass(frozen=True)
class NaiveBayes(Learner):
    """Counts.

    >>> from salience.models.predictor.columns import encoder
    >>> cells = {"sky": ["blue", "grey"] * 20}
    >>> rows = encoder(cells).rows(cells, 40)
    >>> NaiveBayes().fit(rows, np.array([0, 1] * 20), 2).probabilities(rows)[:2].round(2).tolist()
    [[0.98, 0.02], [0.02, 0.98]]
    """

    bins: int = 16
    smooth: float = 1.0
    temper: float = 1.0
    name: ClassVar[str] = "naive Bayes"
    fits: ClassVar[type[Predictor]] = Independent

    def __post_init__(self) -> None:
        whole(bins=self.bins)
        positive(smooth=self.smooth, temper=self.temper)

    def fit(self, rows: Rows, y: Codes, classes: int, *, weight: Floats | None = None, seed: int = 0) -> Independent:  # noqa: ARG002 - no draw
        """One pass over the columns."""
        bins = _bins(rows, self.bins)
        places, told = bins.places(rows.codes), []
        for variable, size in enumerate(bins.sizes.tolist()):
            counts = np.bincount(places[:, variable] * classes + y, weights=weight, minlength=size * classes)
            counts = counts.reshape(size, classes) + self.smooth / size
            told.append(self.temper * np.log(counts / counts.sum(axis=0)))
        table = np.vstack(told) if told else np.zeros((0, classes))
        return Independent(bins, table, np.log(shares(y, classes, weight)))


def _bins(rows: Rows, most: int) -> Bins:
    """A level keeps a bin, however many there are, and unknown ones have one of their own; numbers are cut."""
    edges = [
        np.arange(levels - 1) + 0.5 if levels else Bins.of(rows.codes[:, [c]], most).edges
        for c, levels in enumerate(rows.levels)
    ]
    return Bins(np.concatenate([np.zeros(0), *edges]), np.cumsum([0, *map(len, edges)]).astype(np.int64))
