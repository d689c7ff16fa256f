"""What a mark of trust is: that of `tests.faults.marks`, with the bug of its build planted around the check.

A file of marks has ``MARKS`` (its marks) and ``BUILDS`` (its bugs by name); `every` names the files.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, TypeAlias

from tests.faults.marks import Mark, Missed, NotRun, expect, line

__all__ = ["Bug", "Builds", "Mark", "Missed", "NotRun", "Patch", "expect", "line", "mark", "overheard", "quiet"]

Patch: TypeAlias = Callable[[Any, str, Any], None]
Bug: TypeAlias = Callable[[Patch], None]
"""Puts a bug into this process: calls ``patch(where, name, value)``, which is undone behind it."""

Builds: TypeAlias = dict[str, Bug]


def mark(name: str, what: str, check: Callable[[Path, bool], str], builds: Builds) -> Mark:
    """One line of the report. ``check(folder, long)`` gives the figures, or raises `Missed` or `NotRun`.

    ``builds``: the bugs that the check must catch.
    """

    def run(folder: Path, long: bool, build: str) -> str:
        if build == "real":
            return check(folder, long)
        with planted(builds[build]):
            return check(folder, long)

    return Mark(name, what, run, tuple(builds))


@contextmanager
def planted(bug: Bug) -> Iterator[None]:
    """The bug, for as long as the block lasts."""
    before: list[tuple[Any, str, Any]] = []

    def patch(where: Any, name: str, value: Any) -> None:
        before.append((where, name, getattr(where, name)))
        setattr(where, name, value)

    bug(patch)
    try:
        yield
    finally:
        for where, name, value in reversed(before):
            setattr(where, name, value)


@contextmanager
def quiet() -> Iterator[None]:
    """What commands print goes nowhere."""
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        yield


@contextmanager
def overheard() -> Iterator[io.StringIO]:
    """What the server would have written into its log, instead of writing it."""
    heard, logger = io.StringIO(), logging.getLogger("salience.serve")
    handler, before = logging.StreamHandler(heard), logger.propagate
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield heard
    finally:
        logger.removeHandler(handler)
        logger.propagate = before
