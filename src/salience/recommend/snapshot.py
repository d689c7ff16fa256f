"""Everything learned that one answer needs, frozen together and swapped as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from salience.models import Model
from salience.optimise import Policy, Thompson


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A published model and the policies. ``codes[i]`` is the state code of the model's item ``i``."""

    model: Model | None = None
    version: str = ""
    codes: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    layouts: Policy = field(default_factory=Thompson)
    explore: float = 0.0

    def places(self, size: int) -> NDArray[np.int64]:
        """The inverse of ``codes``: state code -> model item, -1 where the model does not know the item."""
        places = np.full(size, -1, dtype=np.int64)
        places[self.codes] = np.arange(len(self.codes))
        return places
