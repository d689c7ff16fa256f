"""All loops of a workspace and what they learn: each row of the log, in order, nothing else."""

from __future__ import annotations

from salience.events import AnyEvent, LoopSettings, Ranked, Steering
from salience.events.loops import Side
from salience.feedback.loops import LoopJoin, Slot
from salience.optimise.bandit.loop import Loop


class Loops:
    """A fold of the log: decisions, activations, rewards, steering."""

    def __init__(self) -> None:
        self._loops: dict[str, Loop] = {}
        self.join = LoopJoin(self._settings, lambda name: self.of(name).policy.cascade, self._matured, self._chance)

    def of(self, name: str) -> Loop:
        """The loop of this name; one that nobody asked yet knows nothing."""
        found = self._loops.get(name)
        if found is None:
            found = self._loops[name] = Loop(name)
        return found

    def names(self) -> list[str]:
        """Of the loops that decided or were steered."""
        return sorted(name for name, loop in self._loops.items() if loop.modes or loop.version)

    @property
    def waits(self) -> bool:
        """Whether time alone may teach something, so that every row has to be seen."""
        return self.join.waits

    def apply(self, row: int, event: AnyEvent) -> None:
        """One row."""
        for lesson in self.join.apply(event):
            loop = self.of(lesson.loop)
            told = (lesson.context, lesson.name, lesson.action, lesson.value)
            if lesson.correction:
                loop.correct(*told, side=lesson.side)
            else:
                loop.learn(*told, key=lesson.key, side=lesson.side)
        if isinstance(event, Ranked):
            self.of(event.loop).ranked(row, event)
        elif isinstance(event, Steering):
            self.of(event.loop).steered(row, event)

    def _settings(self, name: str) -> LoopSettings:
        return self.of(name).settings

    def _matured(self, name: str, side: Side, unit: str, earned: dict[str, float]) -> None:
        trial = self.of(name).trial
        if trial is not None and trial.id == side.trial:
            trial.count(side, unit, earned)

    def _chance(self, name: str, slot: Slot, side: Side | None) -> float:
        return self.of(name).chance(slot.context, slot.name, slot.action, side)
