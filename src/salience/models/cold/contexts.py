"""What is wanted more at such a moment: how the time of day, the device, ... move items up and down.

Contextual post-filtering (Adomavicius, Tuzhilin 2011, "Context-Aware Recommender Systems"): a model says what a person
wants, the context corrects it. With n_i people who chose item i, n_ic of them in the context value c, and p_c the share
of all choices that were made in c, the lift is how much more often i is chosen in c than elsewhere, drawn to 0 by s
people of the average kind:

    lift(i, c) = log( (n_ic + s p_c) / ((n_i + s) p_c) )

and with s(i) the model's score moved to [0, 1], an item's score at the moment c_1, c_2, ... is

    s(i) + sum over the fields f of weight_f lift(i, c_f)

Where popularity answers, it is multiplied by e^lift, as for values that are independent given the item. The weights are
learned on choices that neither the model nor the lifts had seen (`salience.train.contexts`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from msgspec import json
from numpy.typing import NDArray

from salience.models.model import Arrays

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Field:
    """One field of a context: its ``values``, the ``lifts`` (values, items), and its ``weight`` beside a model."""

    name: str
    values: tuple[str, ...]
    lifts: Floats
    weight: float


@dataclass(frozen=True, eq=False)
class Contexts:
    """The fields that help. ``choices``: how many were counted."""

    fields: tuple[Field, ...]
    choices: int

    def moved(self, context: Mapping[str, str], items: int) -> Floats:
        """(items,) what a context adds to scores in [0, 1]; 0 for values that nothing is known of.

        >>> told = Field("daytime", ("evening",), np.log(np.array([[2.0, 0.5]], np.float32)), 0.1)
        >>> Contexts((told,), 9).moved({"daytime": "evening"}, 2).round(3).tolist()
        [0.0689999982714653, -0.0689999982714653]
        """
        return self._summed(context, items, plain=False)

    def lifted(self, context: Mapping[str, str], items: int) -> Floats:
        """(items,) what popularity is multiplied by."""
        return np.exp(self._summed(context, items, plain=True))

    def strongest(self, context: Mapping[str, str], item: int) -> str:
        """The value that moved ``item`` up most, e.g. ``daytime: evening``; empty if none did."""
        told = {
            f"{own.name}: {own.values[at]}": own.weight * float(own.lifts[at, item]) for own, at in self._at(context)
        }
        best = max(told, key=lambda name: told[name], default="")
        return best if best and told[best] > 0 else ""

    def _summed(self, context: Mapping[str, str], items: int, *, plain: bool) -> Floats:
        found = np.zeros(items, np.float32)
        for own, at in self._at(context):
            found += own.lifts[at] if plain else np.float32(own.weight) * own.lifts[at]
        return found

    def _at(self, context: Mapping[str, str]) -> list[tuple[Field, int]]:
        """The fields whose value in ``context`` is known, and which it is."""
        given = ((own, context.get(own.name)) for own in self.fields)
        return [(own, own.values.index(value)) for own, value in given if value in own.values]

    def arrays(self) -> Arrays:
        """What must be saved, by name; the texts as the bytes of their JSON."""
        told = [(own.name, own.values, own.weight) for own in self.fields]
        texts = np.frombuffer(json.encode(told), dtype=np.uint8)
        lifts = np.concatenate([own.lifts for own in self.fields])
        return {"texts": texts, "lifts": lifts, "choices": np.array(self.choices)}

    @classmethod
    def from_arrays(cls, items: int, arrays: Mapping[str, NDArray[Any]]) -> Contexts:
        """The inverse of `arrays`; ValueError where the shapes do not fit."""
        told = json.decode(arrays["texts"].tobytes(), type=list[tuple[str, tuple[str, ...], float]])
        lifts, rows = arrays["lifts"].astype(np.float32, copy=False), sum(len(values) for _, values, _ in told)
        if lifts.shape != (rows, items):
            raise ValueError(f"lifts: shape {lifts.shape}, not ({rows}, {items})")
        fields, end = [], 0
        for name, values, weight in told:
            begin, end = end, end + len(values)
            fields.append(Field(name, values, lifts[begin:end], weight))
        return cls(tuple(fields), int(arrays["choices"].item()))
