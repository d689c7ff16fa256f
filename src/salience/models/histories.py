"""How a model reads a history: as it is (weighted), or as a set (binary). One place, so training and serving agree."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from salience.events.interactions import Matrix


def read(histories: Matrix, *, binary: bool) -> Matrix:
    """The same entries as float32, all 1 if ``binary``. An entry stored with value 0 is an entry: it happened."""
    data = np.ones(histories.nnz, np.float32) if binary else histories.data.astype(np.float32, copy=False)
    return sparse.csr_array((data, histories.indices, histories.indptr), shape=histories.shape)
