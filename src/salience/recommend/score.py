"""Line three: a score per candidate, by the best rung of the ladder that can answer: model -> popular -> catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events.decision import Rung
from salience.events.interactions import Matrix
from salience.events.reading import Reading
from salience.recommend.candidates import Candidates
from salience.recommend.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Scored:
    """``scores`` by candidate, the rung that gave them, why no better one did, and the history as the model saw it."""

    scores: NDArray[np.float64]
    rung: Rung
    why: str
    history: Matrix | None
    places: NDArray[np.int64]


def score(
    candidates: Candidates, values: Mapping[str, NDArray[np.float64]], reading: Reading, snapshot: Snapshot
) -> Scored:
    """The model's scores where there is a model and a history it understands; else decayed popularity; else none."""
    places = snapshot.places(len(reading.names))
    history = history_row(reading, snapshot, places) if candidates.personal else None
    why = _why_not_model(candidates, reading, snapshot, history)
    if not why and snapshot.model is not None and history is not None:
        by_model = snapshot.model.score(history)[0]
        known = places[candidates.items]
        scores = np.where(known >= 0, by_model[known], -np.inf)
        return Scored(scores.astype(np.float64), "model", "", history, known)
    popularity = values["popularity"]
    if len(popularity) and popularity.max() > 0:
        return Scored(popularity, "popular", why, None, places[candidates.items])
    rung: Rung = "catalogue" if len(candidates.items) else "empty"
    reason = "nothing happened yet" if len(candidates.items) else "no item is left after the filters"
    return Scored(np.zeros(len(candidates.items)), rung, reason, None, places[candidates.items])


def history_row(reading: Reading, snapshot: Snapshot, places: NDArray[np.int64]) -> Matrix | None:
    """The person's history over the model's items, shape (1, items); None when the model knows none of it."""
    person = reading.person
    at = places[person.items] if len(person.items) else person.items
    if snapshot.model is None or not (at >= 0).any():
        return None
    known = at >= 0
    columns = at[known]
    order = np.argsort(columns)
    row: Matrix = sparse.csr_array(
        (person.strengths[known][order], columns[order].astype(np.int32), np.array([0, len(columns)], np.int32)),
        shape=(1, len(snapshot.codes)),
    )
    return row


def _why_not_model(candidates: Candidates, reading: Reading, snapshot: Snapshot, history: Matrix | None) -> str:
    if not candidates.personal:
        return "personalisation is off"
    if snapshot.model is None:
        return "no model is published yet"
    if not len(reading.person.items):
        return "no history of this person yet"
    if history is None:
        return "the model knows none of this person's items yet"
    return ""
