"""Follow the log: every new row goes, in order, into state, lessons and ledger. Nothing else changes them.

A request calls `Follower.catch_up` before it reads, so the person's newest click counts in the very next answer, in
this process or any other: the log is the only channel. `docs/decisions` says why.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from salience.events import Alias, AnyEvent, Assigned, Consent, Decision, Experiment, Identify, Ranked, Steering
from salience.events.audience import SegmentRule
from salience.events.identity import LINKING
from salience.events.write import Append, Increment, Merge, Write
from salience.feedback import AttentionLedger, Join, Meter
from salience.feedback.learning import Loops
from salience.optimise import Arms
from salience.optimise.experiments.book import Book
from salience.prepare import fold
from salience.prepare.audiences import Audiences
from salience.privacy.consent import ConsentState
from salience.privacy.consents import Consents
from salience.privacy.policy import Policy
from salience.privacy.rulings import Rulings
from salience.store.log import EventLog
from salience.store.state import State

_LINKING = frozenset({Alias, Identify})
"""Kinds that may say that two ids are one person, whose choices then have to be put together."""

_CHOOSING = frozenset({Consent, *LINKING})
"""Kinds after which what somebody has said may be something else."""

_OF_LOOPS = frozenset({Ranked, Steering})
_OF_EXPERIMENTS = frozenset({Experiment, Assigned, Decision})
POISONED_KEPT = 1_000
CHUNK = 2_000
"""Rows per read: large enough to be fast, small enough that a request never waits long behind one."""

PIECE = 40
"""Rows read and folded between two pauses, where there are any: less than half a millisecond."""


@dataclass(slots=True)
class Tally:
    """Counts for people to look at: events by kind, answers by rung."""

    types: dict[type[AnyEvent], int] = field(default_factory=dict)
    rungs: dict[str, int] = field(default_factory=dict)

    @property
    def kinds(self) -> dict[str, int]:
        """Events by the name of their kind."""
        return {str(kind.__struct_config__.tag): count for kind, count in self.types.items()}

    def apply(self, event: AnyEvent) -> None:
        """Count one event."""
        kind = type(event)
        self.types[kind] = self.types.get(kind, 0) + 1
        if type(event) is Decision:
            self.rungs[event.rung] = self.rungs.get(event.rung, 0) + 1


class Follower:
    """All folds of one log, and the number of the last row that they hold."""

    def __init__(
        self,
        log: EventLog,
        *,
        reward_wait_ms: int,
        began: int,
        policy: Policy | None = None,
        segments: Sequence[SegmentRule] = (),
    ) -> None:
        self.log, self._began = log, began
        self.policy = policy or Policy()
        self.rulings = Rulings(self.policy)
        self._asks_everybody = not self.policy.quiet()
        self._silent = self._rules("", ConsentState())
        self.state = State()
        self.audiences = Audiences(segments)
        self.consents = Consents(self.state.members, self.state.identity.ids)
        self.arms = Arms()
        self.join = Join(reward_wait_ms)
        self.attention = AttentionLedger()
        self.book = Book()
        self.tally = Tally()
        self.loops = Loops()
        self.freshness = Meter()
        self.poisoned: dict[int, str] = {}
        self._at = 0
        self._turn = threading.Lock()
        self._hurry = False
        """Whether somebody waits for the fold who must not wait for pauses. Set without a lock: a hint, no rule."""

    def catch_up(self, now: int, *, pause: Callable[[], object] | None = None) -> int:
        """Fold every row not folded yet, then settle the decisions whose time is over; the last row's number.

        ``pause``: of a caller in no hurry, called after every few rows, so that those who answer requests need not wait
        for the interpreter until all are folded. Not where somebody waits for the fold, or where much is left of it.
        """
        if self.state.as_of < self.log.last() or self.join.due(now):
            self._hurry = self._hurry or pause is None
            with self._turn:
                self._hurry = self._hurry and pause is not None
                while rows := self.log.read(after=self.state.as_of, limit=(size := self._size(pause))):
                    self._fold(rows, now)
                    if len(rows) < size:
                        break  # that was all there was when it was read
                    if pause and size < CHUNK:
                        pause()
                self.arms.update(self.join.settle(now))
        return self.state.as_of

    @contextmanager
    def turn(self, now: int) -> Iterator[int]:
        """Caught up, and nothing learned while the block runs: what is decided in it is decided as of this row."""
        self.catch_up(now)
        with self._turn:
            yield self.state.as_of

    def _size(self, pause: Callable[[], object] | None) -> int:
        """How many rows to fold before the next look at who waits."""
        patient = pause and not self._hurry and self.log.last() - self.state.as_of < CHUNK
        return PIECE if patient else CHUNK

    def _fold(self, rows: list[tuple[int, AnyEvent]], now: int) -> None:
        for row, event in rows:
            try:
                self._learn(row, event)
            except Exception as error:  # noqa: BLE001 - one event that breaks its handler must not stop all others
                self._poisoned(row, error)
        left = rows
        while left:
            try:
                self.state.apply(self._writes(left), as_of=left[-1][0])
                break
            except Exception as error:  # noqa: BLE001 - as above
                self._poisoned(left[self._at][0], error)
                left = left[self._at + 1 :]
        self.state.apply((), as_of=rows[-1][0])
        newest = rows[-1][1]
        if newest.received >= self._began:  # what was replayed at the start says nothing about delay
            self.freshness.add(max(now - newest.received, 0))

    def _learn(self, row: int, event: AnyEvent) -> None:
        # Most events are nothing to most folds: one look at the type tells, and costs a tenth of asking each.
        kind = type(event)
        if type(event) is Decision and event.layout:
            self.arms.offer(event.slot, event.layout.offered)
        if (event.decision or kind is Decision) and (lessons := self.join.apply(event)):
            self.arms.update(lessons)
        if event.slot:
            self.attention.apply(event)
        if event.decision or kind in _OF_LOOPS or self.loops.waits:
            self.loops.apply(row, event)
        if kind in _OF_EXPERIMENTS:
            self.book.apply(event, row)
        self.tally.apply(event)

    def _poisoned(self, row: int, error: Exception) -> None:
        """Leave out an event that no fold can take, after one try: folds are pure, so a second would end the same."""
        if len(self.poisoned) < POISONED_KEPT:
            self.poisoned[row] = f"{type(error).__name__}: {error}"

    def _writes(self, rows: list[tuple[int, AnyEvent]]) -> Iterator[Write]:
        """What the rows change. Who may not be profiled adds nothing to a history, who may not be counted to no count.

        What the person had chosen by that row decides, so a replay of the log comes to the same state.
        """
        names = [event.subject for _, event in rows]
        said = self._said(rows, names)
        for self._at, (row, event) in enumerate(rows):
            kind = type(event)
            if type(event) is Consent:
                self.consents.chose(row, event)
            if not self._asks_everybody and not self.consents:
                if self.audiences:
                    self.audiences.apply(event)
                yield from fold(event)
                continue
            state = said(names[self._at])
            profile, count = self._rules(event.subject, state) if state and state.choices else self._silent
            if profile and self.audiences:
                self.audiences.apply(event)
            if profile and count and kind not in _LINKING:
                yield from fold(event)
                continue
            for write in fold(event):
                if isinstance(write, Merge):
                    yield from self._merge(row, write)
                elif (profile or not isinstance(write, Append)) and (count or not isinstance(write, Increment)):
                    yield write

    def _said(self, rows: list[tuple[int, AnyEvent]], names: list[str]) -> Callable[[str], ConsentState | None]:
        """What somebody had said, for these rows: looked up for all at once where no row changes it."""
        if _CHOOSING.isdisjoint([type(event) for _, event in rows]):
            return self.consents.spoken(set(names)).get
        return self.consents.of

    def _rules(self, subject: str, state: ConsentState) -> tuple[bool, bool]:
        """Whether this person may be profiled, and whether they may be counted."""
        may = self.rulings.may
        return may(subject, state, "profile").allowed, may(subject, state, "count").allowed

    def _merge(self, row: int, link: Merge) -> Iterator[Write]:
        """Of two who become one the stricter choice holds. State carries the link out before it asks for more."""
        sides = [self.state.members(end) for end in (link.source, link.into)]
        yield link
        if sides[0] != sides[1] and link.source in self.state.members(link.into):
            self.consents.merged(sides, row, link)
