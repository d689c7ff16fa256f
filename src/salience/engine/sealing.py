"""Seal: the log's rows as Parquet files that any analytics program reads in place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from salience.collect.exporters.flat import EVENT_COLUMNS, TEXT, WHOLE, flat
from salience.collect.exporters.write import write
from salience.engine.workspace import CHUNK, Workspace
from salience.events import InvalidInput
from salience.store.segments import Segment, Segments

SEGMENT = 100_000
"""Rows of one segment: some MB, so that a scan of it is quick and a year of a small shop is a few files."""

_PERSONAL = ("query", "text", "rest")
_MORE = {"order": TEXT, "position": WHOLE, "visible_ms": WHOLE, "dwell_ms": WHOLE}
COLUMNS = (
    {"row": WHOLE, "person": TEXT}
    | {name: kind for name, kind in EVENT_COLUMNS.items() if name not in _PERSONAL}
    | _MORE
    | {"bot": "BOOLEAN"}
)
"""What a segment holds: ids, times and numbers. Nothing that the log seals (traits, words, contexts) goes in."""


class Sealing(Workspace):
    """The verbs about segments."""

    @property
    def sealed(self) -> Segments:
        """Where the segments lie."""
        if self.home is None:
            raise InvalidInput("home", "", "a workspace in memory has no segments", "salience init DIR")
        return Segments(self.home.segments)

    def seal(self, progress: Callable[[str, int, int], None] = lambda *_: None) -> tuple[Segment, ...]:
        """Seal every row that is not sealed yet; the new segments. An old file never changes. Also beside a server."""
        made, segments, last = [], self.sealed, self.log.last()
        while one := segments.add(last, SEGMENT, self._write_segment):
            made.append(one)
            progress("seal", one.last, last)
        return tuple(made)

    def _write_segment(self, first: int, until: int, path: Path) -> int:
        return write(path, self._sealed_rows(first, until), COLUMNS)

    def _sealed_rows(self, first: int, until: int) -> Iterator[dict[str, Any]]:
        after = first - 1
        while after < until and (rows := self.log.read(after=after, limit=min(CHUNK, until - after))):
            after = rows[-1][0]
            for row, event in rows:
                if row <= until:
                    cells = {name: cell for name, cell in flat(event).items() if name not in _PERSONAL}
                    more = {name: cell for name in _MORE if (cell := getattr(event, name, None)) not in (None, "")}
                    bot = bool(event.context.get("bot"))
                    yield {"row": row, "person": event.subject, **cells, **more, "bot": bot}
