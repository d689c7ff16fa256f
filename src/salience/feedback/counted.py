"""What happened, row by row, for the metrics of one run: it grows with the log, so that no report reads a row twice.

A row has the name under which its person was known then, not the unit: who is who may turn out later. Names become
units when a report is made (`feedback.measure`).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from salience.events import AnyEvent
from salience.events.experiment import Design
from salience.feedback.naming import named, names_of, worth
from salience.optimise.experiments.measured import columns


class Counted:
    """``row``: the last row of the log that is in. ``keys``: name -> its code; ``key`` and so on: (m,) of the rows."""

    def __init__(self, design: Design, row: int = 0) -> None:
        self.row = row
        self.by_session = design.unit == "session"
        self.needs = columns(design)
        self.keys: dict[str, int] = {}
        self.key, self.column = array("q"), array("q")
        self.time, self.known, self.worth = array("q"), array("q"), array("d")
        self._feeds: dict[str, list[int]] = {}
        for at, need in enumerate(self.needs):
            self._feeds.setdefault(need.event, []).append(at)
        self._by_kind: dict[str, list[int]] = {}

    def __len__(self) -> int:
        return len(self.key)

    def read(self, rows: Iterable[tuple[int, AnyEvent]]) -> None:
        """More rows, in the order of the log."""
        for row, event in rows:
            self.add(event)
            self.row = row

    def add(self, event: AnyEvent) -> None:
        """One event: a row for every column that it feeds."""
        alone = named(event)
        fed = None if alone else self._by_kind.get(event.kind)
        if fed is None:
            fed = [at for name in names_of(event) for at in self._feeds.get(name, ())]
            if not alone:
                self._by_kind[event.kind] = fed
        if not fed or event.context.get("bot") is True:
            return
        key = self.keys.setdefault(event.session if self.by_session else event.subject, len(self.keys))
        for at in fed:
            self.key.append(key)
            self.column.append(at)
            self.time.append(event.time)
            self.known.append(event.received)
            self.worth.append(worth(event) if self.needs[at].value == "value" else 1.0)
