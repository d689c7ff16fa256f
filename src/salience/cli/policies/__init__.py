"""`salience policies KIND`: the loops of a workspace, what they have learned, and who may decide."""

from __future__ import annotations

from salience.cli.parser import Parser
from salience.cli.verbs import Verb

KINDS: tuple[Verb, ...] = (
    Verb("list", "every loop: mode, policy, decisions, rewards", "salience.cli.policies.listed"),
    Verb("set", "change a loop's settings", "salience.cli.policies.set_"),
    Verb("report", "what other policies would have earned on a loop's decisions", "salience.cli.policies.report"),
    Verb("promote", "one mode further, if the log allows it", "salience.cli.policies.promote"),
    Verb("versions", "what can answer again at once", "salience.cli.policies.versions"),
    Verb("rollback", "let an older version answer", "salience.cli.policies.rollback"),
    Verb(
        "canary",
        "try something new on a share of the units; how it stands, and its end",
        "salience.cli.policies.canary",
    ),
    Verb("guard", "give traffic back where a trial is surely worse", "salience.cli.policies.guard"),
    Verb("replay", "make a decision again from the log, and compare", "salience.cli.policies.replay"),
)
"""Every kind. A new one is a file in this folder with `add(parser)` and `run(args)`, and one line here."""


def add(parser: Parser) -> None:
    """What every kind takes."""
    parser.add_argument("--loop", metavar="NAME", default="default", help="which loop (default)")
