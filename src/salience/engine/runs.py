"""What the runs of experiments have counted: kept between reports, so that each reads only the rows that came since."""

from __future__ import annotations

import threading

from salience.engine.assigning import Assigning
from salience.engine.workspace import CHUNK
from salience.feedback.counted import Counted
from salience.feedback.measure import measure
from salience.follow import Follower
from salience.optimise.experiments.book import Entry, Run
from salience.optimise.experiments.measured import Measured

KEPT = 5_000_000
"""Rows of all runs together that are kept in memory, 40 bytes each; what is beyond is read again the next time."""


class Counting(Assigning):
    """Measure runs. What was counted is dropped whenever rows left the log: no copy may outlive them."""

    _counted: dict[str, Counted]
    _counted_by: Follower | None = None
    _count_turn = threading.Lock()

    def measured(self, entry: Entry, number: int, now: int) -> tuple[Run, Measured]:
        """(a run of an experiment, counted from 1, as it is now; what its units did)."""
        with self.follower.turn(now):  # a copy: while the log is read, people go on meeting the run
            run, follower = entry.runs[number - 1].copied(), self.follower
        with self._count_turn:
            if self._counted_by is not follower:  # the log was folded anew: somebody was erased
                self._counted, self._counted_by = {}, follower
            counted = self._counted.pop(run.salt, None)
            if counted is None:
                # only a metric that looks back before the exposure needs what happened before the start
                looks_back = any(metric.past_days for metric in run.design.metrics)
                counted = Counted(run.design, 0 if looks_back or run.design.unit == "time" else run.row)
            while rows := self.log.read(after=counted.row, limit=CHUNK):
                counted.read(rows)
            self._counted[run.salt] = counted
            while sum(map(len, self._counted.values())) > KEPT:
                del self._counted[next(iter(self._counted))]
            return run, measure(counted, run, self.state.unit, now)

    def drop_segments(self) -> int:
        """And what was counted of rows that left the log."""
        with self._count_turn:
            self._counted_by = None
        return super().drop_segments()
