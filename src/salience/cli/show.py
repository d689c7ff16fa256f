"""What a person sees: tables, progress and lines. Plain when nobody sits at a terminal; JSON when asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from rich.console import Console

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with (stage, done, total); total 0 means unknown."""

NO_PRICES = "no purchase in the log has a price: each row counts as 1 where money is meant"
WIDE = 250  # columns of a table that goes into a file or a pipe: nothing is cut off there


def as_json(value: Any) -> None:
    """Print one JSON document on stdout. Takes msgspec structs."""
    import msgspec

    print(msgspec.json.format(msgspec.json.encode(value)).decode())


def fields(value: Any) -> dict[str, Any]:
    """A struct as a dictionary, to which more can be added."""
    import msgspec

    found: dict[str, Any] = msgspec.to_builtins(value)
    return found


def say(line: str) -> None:
    """One line for the person at the keyboard; stderr, so that stdout stays the answer."""
    print(line, file=sys.stderr, flush=True)


def console(*, stderr: bool = False) -> Console:
    """A rich console; wide and without colour unless a terminal reads it."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(file=stream, width=None if stream.isatty() else WIDE, highlight=False, soft_wrap=not stream.isatty())


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table. Columns of numbers are set to the right; wide (Chinese) characters count as two."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    where = console()
    drawn = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD if where.is_terminal else None)
    for at, column in enumerate(columns):
        numbers = bool(rows) and all(isinstance(row[at], int | float) for row in rows)
        drawn.add_column(column, justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(escape(_cell(value)) for value in row))
    where.print(drawn)


@contextmanager
def progress() -> Iterator[Progress]:
    """Bars on stderr, one per stage, for as long as the block runs; one plain line per stage without a terminal."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=console(stderr=True), transient=True) as bars:
        stages: dict[str, Any] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in stages:
                stages[stage] = bars.add_task(stage, total=total or None)
            bars.update(stages[stage], completed=done, total=total or None)

        yield report


def _lines() -> Progress:
    seen: set[str] = set()

    def report(stage: str, _done: int, _total: int) -> None:
        if stage not in seen:
            seen.add(stage)
            say(f"{stage} ...")

    return report


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, int):
        return f"{value:,}"
    return " ".join(str(value).split())
