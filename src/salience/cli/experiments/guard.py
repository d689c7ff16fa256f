"""`salience experiments guard`: look at the guardrails of what is running, and return traffic where one is broken."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser


def add(parser: Parser) -> None:
    """What the kind takes: nothing of its own."""
    del parser


def run(args: Namespace) -> int:
    """A line per broken guardrail."""
    with open_engine(args) as engine:
        found = engine.guard_experiments()
    if args.json:
        show.as_json(found)
        return 0
    if not found:
        show.say("no guardrail of a running experiment is surely broken")
    for one in found:
        done = "stopped; everybody gets the control again" if one.returned else "still running, as its design says"
        show.say(f"{one.experiment}: {done}")
        for alarm in one.alarms:
            print(f"  {alarm.said()}")
    return 0
