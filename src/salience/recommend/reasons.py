"""Why an item is shown: the parts of its score that come from the person's own history, largest first.

Contributions are exact wherever a score is a sum over the history; a mapped score of a new item is a sum over known
ones, so its contributions are the same sum of theirs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from salience.events import Reason
from salience.events.decision import ReasonCode
from salience.events.insights import field_of
from salience.events.interactions import Matrix
from salience.events.reading import Reading
from salience.recommend.candidates import Candidates
from salience.recommend.score import Scored
from salience.recommend.snapshot import Snapshot

MOST = 2
"""Items named in one reason. More would be true as well, and nobody would read them."""
Floats = NDArray[np.float64]


def reason(
    item: int,
    *,
    pinned: bool,
    explored: bool,
    candidates: Candidates,
    scored: Scored,
    reading: Reading,
    snapshot: Snapshot,
) -> Reason:
    """The reason of candidate number ``item``.

    ``because`` lists only items that *raised* the score; ``shares`` are their parts of all that moved it, up or down.
    An item whose score no history raised is honestly called popular, or explored when a draw put it here.
    """
    if pinned:
        return Reason("pinned")
    if explored:
        return Reason("explore")
    if scored.rung == "segment" and snapshot.crowds is not None and scored.places[item] >= 0:
        lifts = {name: float(snapshot.crowds.among(name)[scored.places[item]]) for name in scored.crowds}
        group = max(lifts, key=lambda name: lifts[name])
        wanted_more = lifts[group] > snapshot.crowds.base[scored.places[item]]
        return Reason("segment", group=group) if wanted_more else Reason("popular")
    if snapshot.contexts is not None and _moved_most(scored, item):
        return Reason("moment", group=snapshot.contexts.strongest(scored.asked, int(scored.places[item])))
    if scored.sought:
        return _searched(int(candidates.items[item]), scored.sought, reading, snapshot)
    if scored.rung == "content":
        names = [reading.names[code] for code in reading.person.items.tolist()]
        told = _because(_content_parts(int(candidates.items[item]), reading, snapshot), names, reading)
        return _shared(told, int(candidates.items[item]), reading, snapshot)
    if scored.interest is not None and scored.interest[item] > 0:
        card = reading.cards[int(candidates.items[item])]
        return Reason("interest", group=str(card.attributes[field_of("topic")] if card else ""))
    if scored.rung != "model" or scored.history is None or snapshot.model is None:
        return Reason("catalogue" if scored.rung == "catalogue" else "popular")
    if scored.together is not None and 2 * scored.together[item] >= scored.scores[item] > 0:
        return _together(scored, item, snapshot)
    parts = _parts(scored.history, int(scored.places[item]), int(candidates.items[item]), reading, snapshot)
    known = snapshot.model.items.names
    names = [known[at] for at in scored.history.indices]
    told = _because(parts, names, reading, aside=scored.aside)
    return told if scored.places[item] >= 0 else _shared(told, int(candidates.items[item]), reading, snapshot)


def _moved_most(scored: Scored, item: int) -> bool:
    """Whether the moment raised the score more than all else; a popularity, to twice what it is."""
    if scored.moment is None:
        return False
    raised = float(scored.moment[item])
    return raised >= np.log(2) if scored.rung == "popular" else 2 * raised >= float(scored.scores[item]) > 0


def _because(parts: Floats, names: list[str], reading: Reading, *, aside: bool = False) -> Reason:
    moved = np.abs(parts).sum()
    best = [int(i) for i in np.argsort(-parts, kind="stable")[:MOST] if parts[i] > 0]
    if not best or not moved:
        return Reason("popular")
    because = tuple(names[i] for i in best)
    shares = tuple(round(float(parts[i] / moved), 4) for i in best)
    if aside:
        return Reason("goes-with", because=because, shares=shares)
    named = {reading.names[code]: kind for code, kind in zip(reading.person.items, reading.person.kinds, strict=True)}
    return Reason("because", because=because, shares=shares, deeds=tuple(named.get(item, "") for item in because))


def _together(scored: Scored, item: int, snapshot: Snapshot) -> Reason:
    """The surest rule, which moved the score more than everything else did."""
    assert snapshot.model is not None  # noqa: S101 - there are no rules without one
    assert snapshot.companions is not None  # noqa: S101
    assert scored.together is not None  # noqa: S101
    assert scored.history is not None  # noqa: S101
    page = scored.history.indices.astype(np.int64)
    other, confidence = snapshot.companions.surest(page, int(scored.places[item]))
    share = round(float(scored.together[item] / scored.scores[item]), 4)
    return Reason("together", (snapshot.model.items.names[other],), (share,), group=f"{confidence:.0%}")


def _searched(code: int, sought: tuple[str, ...], reading: Reading, snapshot: Snapshot) -> Reason:
    """The search that the item is most like; popular where it is like none."""
    shelf = snapshot.shelf(reading)
    likeness = (shelf.sought(sought) @ shelf.content[[code]].T).toarray()[:, 0]
    best = int(likeness.argmax())
    return Reason("searched", group=sought[best]) if likeness[best] > 0 else Reason("popular")


def _shared(told: Reason, code: int, reading: Reading, snapshot: Snapshot) -> Reason:
    """What content found is said in words where there are some: the topic or the look that both items have."""
    if told.code != "because":
        return told
    cards = snapshot.shelf(reading).cards
    other = next(at for at, name in enumerate(reading.names) if name == told.because[0])
    own, theirs = (card.attributes if card is not None else {} for card in (cards[code], cards[other]))
    for name, said in _SAID.items():
        if own.get(name) and own.get(name) == theirs.get(name):
            return Reason(said, told.because[:1], told.shares[:1], told.deeds[:1], str(own[name]))
    return told


_SAID: dict[str, ReasonCode] = {field_of("topic"): "same-topic", field_of("look"): "same-look"}


def _parts(history: Matrix, place: int, code: int, reading: Reading, snapshot: Snapshot) -> Floats:
    """What each entry of the history adds to the score of an item, of a new one through those it borrows from."""
    assert snapshot.model is not None  # noqa: S101 - the caller has looked
    if place >= 0:
        return snapshot.model.contributions(history, place).astype(np.float64)
    shelf = snapshot.shelf(reading)
    parts = np.zeros(history.nnz)
    if shelf.borrowed is not None:
        row = shelf.borrowed[[int(np.searchsorted(shelf.cold, code))]]
        for known, weight in zip(row.indices.tolist(), row.data.tolist(), strict=True):
            parts += weight * snapshot.model.contributions(history, known)
    return parts


def _content_parts(code: int, reading: Reading, snapshot: Snapshot) -> Floats:
    """Each item of the history: its strength times its cosine."""
    content = snapshot.shelf(reading).content
    cosines = (content[reading.person.items] @ content[[code]].T).toarray()[:, 0]
    return np.asarray(cosines * reading.person.strengths, dtype=np.float64)
