"""`salience experiments list`: every experiment and its state."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser

if TYPE_CHECKING:
    from salience.engine.experimenting import ExperimentView


def add(parser: Parser) -> None:
    """Nothing beside what every verb takes."""


def run(args: Namespace) -> int:
    """Print the table."""
    with open_engine(args, read_only=True) as engine:
        found = engine.experiments()
    if args.json:
        show.as_json(found)
    elif not found:
        show.say("no experiment yet; `salience experiments define NAME --file DESIGN.json` makes one")
    else:
        views(found)
    return 0


def views(found: Sequence[ExperimentView]) -> None:
    """A line for each."""
    rows = [(one.name, one.state, arms(one), one.method, f"{one.met:,} of {one.planned:,}", one.runs) for one in found]
    show.table("", ("experiment", "state", "arms", "method", "met it, of planned", "runs"), rows)


def arms(one: ExperimentView) -> str:
    """``control 50 %, new 50 %``."""
    return ", ".join(f"{arm} {one.shares[arm]:.0%}" if arm in one.shares else arm for arm in one.arms)
