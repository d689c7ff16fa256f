"""What is kept beside a published model: `ColdItems`, `Crowds`, `Companions` and `Contexts`, for what it never saw.

As a model of its own it knows nobody's taste: it scores by everybody's popularity, whatever the history.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from salience.events.interactions import IdMap, Matrix
from salience.models import files
from salience.models.cold.cold_items import ColdItems
from salience.models.cold.companions import Companions
from salience.models.cold.contexts import Contexts
from salience.models.cold.crowds import Crowds
from salience.models.model import Arrays, Floats, Model, People


@dataclass(frozen=True, eq=False)
class ColdStart(Model):
    """All four over the model's items; each None where there was nothing to learn."""

    kind: ClassVar[str] = "cold-start"

    cold: ColdItems | None = None
    crowds: Crowds | None = None
    companions: Companions | None = None
    contexts: Contexts | None = None

    def score(self, histories: Matrix) -> Floats:
        """Everybody's popularity for each history."""
        base = np.zeros(len(self.items)) if self.crowds is None else self.crowds.base
        return np.tile(base.astype(np.float32), (histories.shape[0], 1))

    def arrays(self) -> Arrays:
        """The arrays of each, under its name."""
        parts = {"cold": self.cold, "crowds": self.crowds, "companions": self.companions, "contexts": self.contexts}
        return {f"{own}.{name}": array for own, part in parts.items() if part for name, array in part.arrays().items()}

    @classmethod
    def from_arrays(cls, items: IdMap, arrays: Mapping[str, NDArray[Any]], *, people: People | None = None) -> Self:
        """Each part that was saved."""
        cold, crowds, companions, contexts = (
            {name.removeprefix(own): array for name, array in arrays.items() if name.startswith(own)}
            for own in ("cold.", "crowds.", "companions.", "contexts.")
        )
        return cls(
            items,
            people=people,
            cold=ColdItems.from_arrays(len(items), cold) if cold else None,
            crowds=Crowds.from_arrays(len(items), crowds) if crowds else None,
            companions=Companions.from_arrays(len(items), companions) if companions else None,
            contexts=Contexts.from_arrays(len(items), contexts) if contexts else None,
        )


def load(folder: Path) -> ColdStart | None:
    """What `Model.save` wrote; None where the folder does not exist, as of versions published before there was one."""
    if not folder.exists():
        return None
    found = files.load(folder, {ColdStart.kind: ColdStart})
    return found if isinstance(found, ColdStart) else None
