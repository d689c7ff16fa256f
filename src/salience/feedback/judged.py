"""The decisions of a loop as logs for off-policy evaluation: what was offered, drawn, and earned in the end. Pure.

A decision counts if it was shown, drawn (modes ``online``, ``apprentice``, ``loggingOnly``, exploring), and its wait is
over or its reward there. Its reward is the one that was learned in the end, late ones and revisions included.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from msgspec import Struct

from salience.events import AnyEvent, Ranked, Steering
from salience.feedback.learning import Loops
from salience.feedback.loops import TEACHING, Taught
from salience.optimise.bandit.features import Named, flat
from salience.optimise.bandit.learner import Learner
from salience.optimise.bandit.loop import asked_of, context_of
from salience.optimise.bandit.policies import Policy
from salience.optimise.ope.log import Floats, Log
from salience.optimise.ope.report import Report, judge
from salience.optimise.ope.weighting import snips

FEW = 20
MOST_FEATURES = 40
"""Features of the context that the reward model looks at: the most frequent ones."""


class Bucket(Struct, frozen=True):
    """The estimate of one stretch of time, from ``time`` (ms) on."""

    time: int
    value: float
    low: float
    high: float


class LoopReport(Struct, frozen=True):
    """``slots``: slot -> what the log says of each policy there. ``series``: slot -> policy -> estimates by time."""

    loop: str
    start: int
    end: int
    decisions: int
    judged: int
    left_out: dict[str, int]
    slots: dict[str, Report]
    series: dict[str, dict[str, tuple[Bucket, ...]]]
    holdout: tuple[int, float]


@dataclass
class _Row:
    event: Ranked
    earned: dict[str, float]
    targets: dict[str, dict[str, Floats]]


def report(
    rows: Iterable[tuple[int, AnyEvent]],
    loop: str,
    *,
    start: int,
    end: int,
    now: int,
    policies: Mapping[str, Policy] | None = None,
    bucket_ms: int = 0,
    seed: int = 0,
) -> LoopReport:
    """Judge ``baseline``, ``random``, ``candidate`` and every one of ``policies`` on the decisions of [start, end).

    A policy is asked before it learns from a decision, so no estimate looks at the reward that it is judged by.
    """
    history = _History(loop, start, end, dict(policies or {}))
    for _, event in rows:
        history.apply(event)
    history.learn(history.loops.join.settle(now))
    found, left_out = list(history.found.values()), history.left_out
    kept = [
        row
        for row in found
        if history.over(row.event, now) and all(placed.slot in row.earned for placed in row.event.placed)
    ]
    left_out["not shown, or still waiting"] += len(found) - len(kept)
    held = list(history.held.values())
    slots = sorted({placed.slot for row in kept for placed in row.event.placed})
    reports, series = {}, {}
    for slot in slots:
        part = [row for row in kept if any(placed.slot == slot for placed in row.event.placed)]
        if len(part) < FEW:
            continue
        log, targets, times = _log(part, slot)
        reports[slot] = judge(log, targets, seed=seed)
        if bucket_ms:
            series[slot] = {name: _series(log, target, times, bucket_ms) for name, target in targets.items()}
    return LoopReport(
        loop=loop,
        start=start,
        end=end,
        decisions=len(kept) + sum(left_out.values()),
        judged=len(kept),
        left_out={why: count for why, count in left_out.items() if count},
        slots=reports,
        series=series,
        holdout=(len(held), float(np.mean(held)) if held else 0.0),
    )


class _History:
    """Rows of the log, folded: what each decision earned, and what other policies would have drawn from."""

    def __init__(self, loop: str, start: int, end: int, policies: Mapping[str, Policy]) -> None:
        self.loop, self.start, self.end, self.policies = loop, start, end, policies
        self.loops = Loops()
        self.learners = {name: policy.learner() for name, policy in policies.items()}
        self.found: dict[str, _Row] = {}
        self.held: dict[str, float] = {}
        self.left_out: Counter[str] = Counter()

    def apply(self, event: AnyEvent) -> None:
        """One row."""
        if isinstance(event, Steering):
            self.loops.apply(0, event)
            return
        if isinstance(event, Ranked) and event.loop == self.loop and self.start <= event.received < self.end:
            self._begin(event)
        if event.decision in self.held:
            self.held[event.decision] = max(self.held[event.decision], float(getattr(event, "value", 0.0)))
        self.learn(self.loops.join.apply(event))

    def over(self, event: Ranked, now: int) -> bool:
        """Whether no reward is expected any more: until then a guess of the delay model stands for it."""
        late = self.loops.of(event.loop).settings.late_ms
        found = self.loops.join.open.get(event.id)
        return not late or found is None or (0 < found.shown <= now - late)

    def learn(self, lessons: list[Taught]) -> None:
        """To every learner, and to the account of the decision."""
        for lesson in lessons:
            if lesson.loop != self.loop:
                continue
            told = (lesson.context, lesson.name, lesson.action, lesson.value)
            for learner in self.learners.values():
                if lesson.correction:
                    learner.correct(*told)
                else:
                    learner.learn(*told, key=lesson.key)
            decision, _, slot = lesson.key.rpartition(":")
            if decision in self.found:
                earned = self.found[decision].earned
                earned[slot] = earned.get(slot, 0.0) + lesson.value

    def _begin(self, event: Ranked) -> None:
        if event.mode == "holdout":
            self.held[event.id] = 0.0
        if event.mode not in TEACHING or event.unexplored or not event.asked:
            why = (
                f"mode {event.mode}" if event.mode not in TEACHING else "erased" if not event.asked else "not explored"
            )
            self.left_out[why] += 1
            return
        context, actions = _features(event)
        asked = {name: _asked(event, self.policies[name], learner) for name, learner in self.learners.items()}
        for learner in self.learners.values():
            learner.vocabulary.meet(context, actions)
        self.found[event.id] = _Row(event, {}, asked)


def _features(event: Ranked) -> tuple[Named, list[Named]]:
    request = asked_of(event)
    assert request is not None  # noqa: S101 - rows without it were left out
    return flat(request.context_features), [flat(action.features) for action in request.actions]


def _asked(event: Ranked, policy: Policy, learner: Learner) -> dict[str, Floats]:
    """What a policy would have drawn from in each slot, given the logged choices above."""
    request = asked_of(event)
    assert request is not None  # noqa: S101 - rows without it were left out
    features = [flat(action.features) for action in request.actions]
    layout = event.layout.chosen if event.layout else ""
    found = {}
    for at, placed in enumerate(event.placed):
        left = np.flatnonzero(_allowed(event, at))
        believed = learner.beliefs(context_of(request, at, layout), event.offered, features)
        chance = np.zeros(len(event.offered))
        chance[left] = policy.probabilities(believed.of(left))
        found[placed.slot] = chance
    return found


def _allowed(event: Ranked, at: int) -> list[bool]:
    """What could stand in a slot: not out, and not taken above."""
    taken = {placed.chosen for placed in event.placed[:at]}
    placed = event.placed[at]
    possible = placed.candidate or placed.probabilities
    return [(name not in placed.out and name not in taken and chance > 0) or name == placed.chosen
            for name, chance in zip(event.offered, possible, strict=True)]  # fmt: skip


def _log(rows: list[_Row], slot: str) -> tuple[Log, dict[str, Floats], list[int]]:
    actions = sorted({name for row in rows for name in row.event.offered})
    code = {name: at for at, name in enumerate(actions)}
    n, k = len(rows), len(actions)
    action, reward, chance = np.zeros(n, np.int64), np.zeros(n), np.zeros(n)
    offered = np.zeros((n, k), bool)
    own = ["baseline", "random", "candidate"]
    targets = {name: np.zeros((n, k)) for name in [*own, *rows[0].targets]}
    for at, row in enumerate(rows):
        event = row.event
        place = next(p for p, placed in enumerate(event.placed) if placed.slot == slot)
        placed = event.placed[place]
        columns = np.array([code[name] for name in event.offered])
        free = np.array(_allowed(event, place))
        action[at], reward[at] = code[placed.chosen], row.earned[slot]
        chance[at] = placed.probabilities[event.offered.index(placed.chosen)]
        offered[at, columns] = free
        targets["random"][at, columns] = free / free.sum()
        still = placed.baseline if free[event.offered.index(placed.baseline)] else event.offered[int(free.argmax())]
        targets["baseline"][at, code[still]] = 1.0
        targets["candidate"][at, columns] = placed.candidate or placed.probabilities
        for name, asked in row.targets.items():
            targets[name][at, columns] = asked[slot]
    for name, target in targets.items():
        targets[name] = target / target.sum(1, keepdims=True)
    log = Log.of(action, reward, chance, actions=k, x=_contexts(rows), offered=offered)
    return log, targets, [row.event.received for row in rows]


def _contexts(rows: list[_Row]) -> Floats:
    named = [_features(row.event)[0] for row in rows]
    common = [name for name, _ in Counter(name for one in named for name in one.names).most_common(MOST_FEATURES)]
    place = {name: at for at, name in enumerate(common)}
    x = np.zeros((len(rows), len(common)))
    for at, one in enumerate(named):
        for name, value in zip(*one, strict=True):
            if name in place:
                x[at, place[name]] = value
    return x


def _series(log: Log, target: Floats, times: list[int], bucket_ms: int) -> tuple[Bucket, ...]:
    """SNIPS of each bucket that has two choices of the target's."""
    bucket = np.array(times) // bucket_ms
    found = []
    for one in np.unique(bucket):
        there = bucket == one
        if there.sum() >= 2:
            told = snips(log.rows(there), target[there])
            if np.isfinite(told.low):
                found.append(Bucket(int(one) * bucket_ms, told.value, told.low, told.high))
    return tuple(found)
