"""`salience predict KIND`: what people will do next, learned from a workspace's log, one file a kind."""

from __future__ import annotations

from salience.cli.verbs import Verb

KINDS: tuple[Verb, ...] = (
    Verb("churn", "who will leave: do nothing in the days to come", "salience.cli.predict.churn"),
    Verb("leads", "who will buy (or click, ...) in the days to come", "salience.cli.predict.leads"),
    Verb("next", "of which category each person's next deed will be", "salience.cli.predict.next"),
)
"""Every kind. A new one is a file in this folder with `add(parser)` and `run(args)`, and one line here."""
