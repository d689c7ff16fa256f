"""What is published: columns of text in, the probability of each class out, with reasons.

A reason for a row and a column: how much the log odds would change if that column were somebody else's,

    reason(x, v) = odds(x) - mean over background rows b of odds(x with v taken from b)

so taking the column with the largest reason away moves the score the most, which can be checked by doing it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import numpy as np
from msgspec import Struct

from salience.events.fault import InvalidInput
from salience.models import files
from salience.models.predictor.blend import Blend
from salience.models.predictor.columns import Cells, Encoder, Floats, Levels, Number, Rows, joined

BACKGROUND = 64
"""Rows that stand for "somebody else". Each of their columns is from another training row, so none is a person."""


class Reason(Struct, frozen=True):
    """``effect`` on the log odds of the class, against somebody else's ``column``."""

    column: str
    value: str
    effect: float


@dataclass(frozen=True, eq=False)
class Scorer:
    """``classes``: the names, in the order of the predictor's; ``background``: rows that reasons compare with."""

    kind: ClassVar[str] = "scorer"

    encoder: Encoder
    classes: tuple[str, ...]
    predictor: Blend
    background: Rows
    settings: Mapping[str, Any] = field(default_factory=dict, kw_only=True)

    def probabilities(self, columns: Cells) -> Floats:
        """(rows, classes). `InvalidInput` names a column that is not there."""
        return self.predictor.probabilities(self.rows(columns))

    def rows(self, columns: Cells) -> Rows:
        """The columns as the learners read them."""
        for part in self.encoder.parts:
            if part.name not in columns:
                way_out = "give every column that the model was trained with"
                raise InvalidInput("column", part.name, "is not there", way_out)
        return self.encoder.rows(columns, len(next(iter(columns.values()), ())))

    def reasons(self, columns: Cells, row: int, of: int) -> list[Reason]:
        """Of one row, for class ``of``: every column, the strongest first."""
        one = self.rows({name: [cells[row]] for name, cells in columns.items()})
        many = one.take(np.zeros(len(self.background), np.int64))
        # one call for all of them: a predictor of many trees takes as long for 60 rows as for 1,000
        told = self._odds(joined([one, *(many.swapped(at, self.background) for at in self.encoder.places())]), of)
        others = told[1:].reshape(len(self.encoder.parts), len(self.background)).mean(axis=1)
        found = [
            Reason(part.name, columns[part.name][row], float(told[0] - mean))
            for part, mean in zip(self.encoder.parts, others, strict=True)
        ]
        return sorted(found, key=lambda one: -abs(one.effect))

    def _odds(self, rows: Rows, of: int) -> Floats:
        chance = self.predictor.probabilities(rows)[:, of]
        return np.asarray(np.log(chance) - np.log1p(-chance))

    def save(self, folder: str | Path) -> None:
        """As arrays and JSON; see `salience.models.files`."""
        parts = [_told(part) for part in self.encoder.parts]
        known = {"classes": self.classes, "parts": parts, "left_out": self.encoder.left_out}
        arrays = {f"p.{name}": array for name, array in self.predictor.arrays().items()}
        arrays |= {f"b.{view}": getattr(self.background, view) for view in ("flat", "tall", "codes")}
        arrays |= {f"s.{n}": p.sorted_ for n, p in enumerate(self.encoder.parts) if isinstance(p, Number)}
        files.put(Path(folder), self.kind, {"columns.json": msgspec.json.encode(known)}, arrays, dict(self.settings))


class _Part(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    numeric: bool
    low: float = 0.0
    high: float = 0.0
    gaps: bool = False
    levels: tuple[str, ...] = ()
    base: str = ""
    rest: tuple[str, ...] = ()


class _Known(Struct, frozen=True, forbid_unknown_fields=True):
    classes: tuple[str, ...]
    parts: tuple[_Part, ...]
    left_out: dict[str, str]


def _told(part: Number | Levels) -> _Part:
    if isinstance(part, Number):
        return _Part(part.name, numeric=True, low=part.low, high=part.high, gaps=part.gaps)
    return _Part(part.name, numeric=False, levels=part.levels, base=part.base, rest=part.rest)


def load(folder: str | Path) -> Scorer:
    """What `Scorer.save` wrote. Missing: `NotFound`; damaged in any way: `InvalidInput`."""
    manifest, bodies, arrays = files.get(Path(folder), (Scorer.kind,))
    with files.sound(Path(folder)):
        known = msgspec.json.decode(bodies["columns.json"], type=_Known)
        parts: Sequence[Number | Levels] = [
            Number(p.name, p.low, p.high, arrays[f"s.{n}"], p.gaps)
            if p.numeric
            else Levels(p.name, p.levels, p.base, p.rest)
            for n, p in enumerate(known.parts)
        ]
        encoder = Encoder(tuple(parts), known.left_out)
        blend = Blend.from_arrays({name[2:]: array for name, array in arrays.items() if name.startswith("p.")})
        empty = encoder.rows({part.name: [] for part in parts}, 0)
        background = Rows(arrays["b.flat"], arrays["b.tall"], arrays["b.codes"], empty.levels)
        made = Scorer(encoder, known.classes, blend, background, settings=manifest.settings)
        if blend.shift.shape != (len(known.classes),) or any(
            getattr(background, view).shape[1] != getattr(empty, view).shape[1] for view in ("flat", "tall", "codes")
        ):
            raise ValueError("the predictor does not fit the columns or the classes")
        if len(background):
            made.predictor.probabilities(background.take(np.zeros(1, np.int64)))  # shapes that do not fit show here
    return made
