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
FOLDS, GAP = 20, 3  # columns: cells as wide as that are not folded; what stands between two of them
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
    """Print a table. Columns of numbers are set to the right; wide (Chinese) characters count as two.

    In a terminal long texts fold between words and short cells never; where that leaves too little room, each row
    becomes a paragraph under its first cell.
    """
    from rich import box
    from rich.cells import cell_len
    from rich.markup import escape
    from rich.table import Table

    where = console()
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    if where.is_terminal and rows and _needed(columns, widths) > where.width:
        _paragraphs(where, title, columns, cells)
        return
    drawn = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD if where.is_terminal else None)
    for at, column in enumerate(columns):
        numbers = bool(rows) and all(isinstance(row[at], int | float) for row in rows)
        least = min(widths[at], FOLDS) if rows and where.is_terminal else None
        drawn.add_column(column, justify="right" if numbers else "left", overflow="fold", min_width=least)
    for told in cells:
        drawn.add_row(*map(escape, told))
    where.print(drawn)


def _needed(columns: Sequence[str], widths: Sequence[int]) -> int:
    """The least width of a table in which nothing breaks inside a word: cells of up to `FOLDS` stand in one line."""
    heads = (max(map(len, column.split())) if column else 0 for column in columns)
    return sum(max(head, min(width, FOLDS)) + GAP for head, width in zip(heads, widths, strict=True)) + 2


def _paragraphs(where: Console, title: str, columns: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    from rich.padding import Padding
    from rich.text import Text

    if title:
        where.print(title, style="italic", markup=False)
    for first, *others in cells:
        where.print(Text(first, style="bold"))
        told = Text(" · ").join(
            Text.assemble((f"{column} ", "dim"), cell) for column, cell in zip(columns[1:], others, strict=True) if cell
        )
        where.print(Padding(told, (0, 0, 0, 2)))


def line(text: str) -> None:
    """A line of the answer, folded between words where a terminal reads it."""
    where = console()
    if where.is_terminal:
        where.print(text, markup=False)
    else:
        print(text)


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


def figure(value: float) -> str:
    """Four digits that say something, with marks of thousands, never as a power of ten unless tiny.

    >>> figure(12310.4), figure(35.0512), figure(2.0), figure(0.00003)
    ('12,310', '35.05', '2', '3e-05')
    """
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return figure(value)
    if isinstance(value, int):
        return f"{value:,}"
    return " ".join(str(value).split())
