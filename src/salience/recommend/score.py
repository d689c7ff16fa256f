"""Line three: a score per candidate, by the best rung of the ladder that can answer.

model -> content -> segment -> popular -> catalogue. On the model's rung, items that it never saw get mapped scores.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from salience.events import RecommendRequest
from salience.events.decision import Rung
from salience.events.insights import INTERESTS, NEXT, RULES, SEARCHES
from salience.events.interactions import Matrix
from salience.events.reading import Person, Reading
from salience.models.cold.cold_items import ColdItems
from salience.models.cold.companions import unit
from salience.prepare.features.words import searches
from salience.recommend.candidates import Candidates
from salience.recommend.snapshot import Snapshot

Scores = NDArray[np.float64]
TRAIT = "trait:"
TOPIC = "topic"


@dataclass(frozen=True, slots=True)
class Scored:
    """``scores`` by candidate, the rung that gave them, why no better one did, and the history as the model saw it.

    ``places``: the candidates' places in the model, -1 where it does not know them. ``crowds``: the traits that a
    segment answered for. ``aside``: the history is the items of the page, not the person's own.
    ``sought``: the searches that content was compared with, of somebody without a history. ``together``: what rules of
    baskets added to each score, beside a page. ``interest``: how far each item is about what the person is interested
    in, where that counted. ``moment``: what the moment added to each score, or to the logarithm of its popularity;
    ``asked``: what was known of it.
    """

    scores: Scores
    rung: Rung
    why: str
    history: Matrix | None
    places: NDArray[np.int64]
    crowds: tuple[str, ...] = ()
    aside: bool = False
    sought: tuple[str, ...] = ()
    together: Scores | None = None
    interest: Scores | None = None
    moment: Scores | None = None
    asked: Mapping[str, str] = field(default_factory=dict)


def score(
    request: RecommendRequest,
    candidates: Candidates,
    values: Mapping[str, Scores],
    reading: Reading,
    snapshot: Snapshot,
    now: int,
) -> Scored:
    """The scores of the best rung that can answer."""
    places = snapshot.places(len(reading.names))
    known = places[candidates.items]
    page = _page(request, snapshot)
    history = page if page is not None else history_row(reading, snapshot, places) if candidates.personal else None
    why = "" if page is not None else _why_not_model(candidates, reading, snapshot, history)
    if not why and snapshot.model is not None and history is not None:
        scores = _by_model(candidates, reading, snapshot, history, known)
        if page is not None and snapshot.companions is not None and RULES in snapshot.learned:
            beside = snapshot.companions.weight * snapshot.companions.beside(page.indices.astype(np.int64))
            together = np.where(known >= 0, beside[known], 0.0)
            return Scored(unit(scores) + together, "model", "", history, known, aside=True, together=together)
        return Scored(scores, "model", "", history, known, aside=page is not None)
    if candidates.personal and snapshot.model is not None and len(reading.person.items):
        scores = _by_content(candidates, reading, snapshot)
        if scores.any():
            return Scored(scores, "content", why, None, known)
    sought = _sought(candidates, reading, snapshot, now)
    if sought:
        likeness = (
            snapshot.shelf(reading).content[candidates.items] @ snapshot.shelf(reading).sought(sought).T
        ).toarray()
        if likeness.any():
            return Scored(likeness.max(axis=1).astype(np.float64), "content", why, None, known, sought=sought)
    crowds = snapshot.crowds.known(traits(reading.person)) if candidates.personal and snapshot.crowds else ()
    if crowds and snapshot.crowds is not None:
        among = snapshot.crowds.score(crowds)
        return Scored(np.where(known >= 0, among[known], among.min()), "segment", why, None, known, crowds)
    popularity = values["popularity"]
    if len(popularity) and popularity.max() > 0:
        may, nothing = set(snapshot.learned) if candidates.personal else set(), np.zeros(len(popularity))
        interest = values["interest"] if {INTERESTS, TOPIC} <= may else nothing
        expected = values["predicted"] if NEXT in may else nothing
        # what a predictor expects of this person, and what they write about, stand up to twice as high
        raised = popularity * (1 + expected) * (1 + interest)
        return Scored(raised, "popular", why, None, known, interest=interest)
    rung: Rung = "catalogue" if len(candidates.items) else "empty"
    reason = "nothing happened yet" if len(candidates.items) else "no item is left after the filters"
    return Scored(np.zeros(len(candidates.items)), rung, reason, None, known)


def _sought(candidates: Candidates, reading: Reading, snapshot: Snapshot, now: int) -> tuple[str, ...]:
    """What the person searched for lately, if they may be personalised for and the settings allow it."""
    if not candidates.personal or SEARCHES not in snapshot.learned:
        return ()
    return searches(reading.person, now)


def traits(person: Person) -> dict[str, str | bool | int | float | None]:
    """What is known of the person besides behaviour."""
    return {name.removeprefix(TRAIT): value for name, value in person.fields.items() if name.startswith(TRAIT)}


def history_row(reading: Reading, snapshot: Snapshot, places: NDArray[np.int64]) -> Matrix | None:
    """The person's history over the model's items, shape (1, items); None when the model knows none of it."""
    person = reading.person
    at = places[person.items] if len(person.items) else person.items
    if snapshot.model is None or not (at >= 0).any():
        return None
    known = at >= 0
    return _row(at[known], person.strengths[known], len(snapshot.codes))


def _page(request: RecommendRequest, snapshot: Snapshot) -> Matrix | None:
    """The items that the row stands beside, as if they alone were a history; None where the model knows none."""
    if snapshot.model is None or not request.items:
        return None
    codes = snapshot.model.items.codes
    at = np.unique(np.array([codes[item] for item in request.items if item in codes], dtype=np.int64))
    return _row(at, np.ones(len(at), np.float32), len(snapshot.codes)) if len(at) else None


def _row(columns: NDArray[np.int64], strengths: NDArray[np.float32], width: int) -> Matrix:
    order = np.argsort(columns)
    row: Matrix = sparse.csr_array(
        (strengths[order], columns[order].astype(np.int32), np.array([0, len(columns)], np.int32)), shape=(1, width)
    )
    return row


def _by_model(
    candidates: Candidates, reading: Reading, snapshot: Snapshot, history: Matrix, known: NDArray[np.int64]
) -> Scores:
    """The model's scores; what it never saw gets a mapped one, or stands just below all others, never at -inf."""
    assert snapshot.model is not None  # noqa: S101 - the caller has looked
    by_model = snapshot.model.score(history)
    scores = np.where(known >= 0, by_model[0][known], np.nan).astype(np.float64)
    if (known >= 0).all():
        return scores
    shelf = snapshot.shelf(reading)
    if shelf.borrowed is not None:
        mapped = np.full(len(reading.names), np.nan)
        mapped[shelf.cold] = ColdItems.score(shelf.borrowed, by_model)[0]
        scores = np.where(known >= 0, scores, mapped[candidates.items])
    below = np.nextafter(np.nanmin(scores), -np.inf) if np.isfinite(scores).any() else 0.0
    return np.where(np.isnan(scores), below, scores)


def _by_content(candidates: Candidates, reading: Reading, snapshot: Snapshot) -> Scores:
    """The mean cosine between each candidate's card and those of the history, weighted by strength."""
    content = snapshot.shelf(reading).content
    person = reading.person
    taste = content[person.items].T @ (person.strengths / max(float(person.strengths.sum()), 1e-12))
    return np.asarray(content[candidates.items] @ taste, dtype=np.float64)


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
