"""Would the choice have helped at one moment? A second look at the leader, with nothing of anybody's future.

Holding out each person's newest rows asks what a person does next, but it lets a model learn from what *other* people
did later. Where taste moves with time, that flatters whatever copies neighbours, and what was popular lately is the
better answer. So the leader is fitted again on everything before one moment, and people who had a history by then are
asked for what came after. If it is behind popularity there, nine chances in ten, the first look has misled, and the
second one decides: the best of all candidates if it is ahead of popularity there beyond doubt, else popularity.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct

from salience.evaluate.evaluator import Judged
from salience.evaluate.intervals import Interval, difference
from salience.evaluate.split import Split, global_cut
from salience.events.fault import InvalidInput
from salience.events.interactions import Interactions
from salience.models.model import Algorithm
from salience.train.leaderboard import BASELINE, Candidate
from salience.train.search import Search

NINE_IN_TEN = 1.281552 / 1.959964  # of a 95 % interval's half, to one side
LEAST = 50
"""People with a history before the moment, under which nothing can be told."""


class Moment(Struct, frozen=True):
    """``name`` was ahead before; ``gain``: its metric less popularity's at the moment, paired, of ``people`` with a
    history; ``chosen``: what is served after this look."""

    name: str
    chosen: str
    gain: Interval
    popularity: float
    people: int


def at_one_moment(
    data: Interactions, tried: Sequence[Candidate], leader: str, search: Search, made: Callable[[Candidate], Algorithm]
) -> Moment | None:
    """None where popularity leads anyway, or where there are no times or too few people to look at."""
    if leader == BASELINE:
        return None
    try:
        cut = global_cut(data)
    except InvalidInput:
        return None
    known = np.zeros(len(data.users), bool)
    known[cut.train.user] = True
    people = int(known[np.unique(cut.test.user)].sum())
    if people < LEAST:
        return None
    by_name = {one.name: one for one in tried}
    judge = _Judge(cut, search, made, by_name[BASELINE])
    gain = judge.gain(by_name[leader])
    chosen = leader
    if gain.value + NINE_IN_TEN * (gain.high - gain.value) < 0:
        others = {name: judge.gain(one) for name, one in by_name.items() if name not in (BASELINE, leader)}
        best = max(others, key=lambda name: others[name].value, default=BASELINE)
        chosen = best if best != BASELINE and others[best].low > 0 else BASELINE
    return Moment(leader, chosen, gain, judge.popularity, people)


class _Judge:
    """Candidates on one cut, against popularity, by people with a history."""

    def __init__(self, cut: Split, search: Search, made: Callable[[Candidate], Algorithm], popular: Candidate) -> None:
        self.cut, self.search, self.made = cut, search, made
        self.judged = Judged.of(cut)
        self.before, search.popular = search.popular, None
        self.model, found = search.judge(made(popular), cut, self.judged, 1)
        self.search.popular = self.before
        self.warm = ~found.result.cold
        self.theirs = found.result.values[search.metric][self.warm]
        self.popularity = float(self.theirs.mean())

    def gain(self, candidate: Candidate) -> Interval:
        self.search.progress(f"look again at {candidate.name}", 0, 1)
        self.search.popular = self.model
        _, found = self.search.judge(self.made(candidate), self.cut, self.judged, 1)
        self.search.popular = self.before
        return difference(found.result.values[self.search.metric][self.warm], self.theirs, seed=self.search.seed)


def said(moment: Moment, metric: str) -> str:
    """What a person reads, after the verdict."""
    gain = f"{moment.gain.value:+.3f}, 95 % interval {moment.gain.low:+.3f} to {moment.gain.high:+.3f}"
    who = f"at one moment, among {moment.people:,} people with a history, by what was known before it"
    if moment.chosen == moment.name:
        return f"A second look {who}: {moment.name} less popularity {metric} {gain}."
    then = (
        "popularity is served" if moment.chosen == BASELINE else f"{moment.chosen} is served, ahead beyond doubt there"
    )
    return f"But {who}, {moment.name} is behind popularity ({metric} {gain}): taste moves with time here, and {then}."
