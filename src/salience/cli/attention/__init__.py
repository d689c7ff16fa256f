"""`salience attention KIND`: what attention was spent on, what it brought, and how it wears out."""

from __future__ import annotations

from salience.cli.verbs import Verb

KINDS: tuple[Verb, ...] = (
    Verb("ledger", "seconds, clicks and value by slot, channel or group", "salience.cli.attention.ledger"),
    Verb("positions", "what each place of a row is worth, if that can be said", "salience.cli.attention.positions"),
    Verb("fatigue", "what the tenth impression still does", "salience.cli.attention.fatigue"),
    Verb("when", "the hour at which somebody is there", "salience.cli.attention.when"),
)
"""Every kind. A new one is a file in this folder with `add(parser)` and `run(args)`, and one line here."""
