"""`salience privacy KIND`: the rights of people, and what shows that they were heard; one file a kind."""

from __future__ import annotations

from salience.cli.verbs import Verb

KINDS: tuple[Verb, ...] = (
    Verb(
        "export", "everything about a person in plain words, or their data to take along", "salience.cli.privacy.export"
    ),
    Verb("erase", "erase a person everywhere, with a receipt", "salience.cli.privacy.erase"),
    Verb("verify", "look again, in every byte, whether an erased person is gone", "salience.cli.privacy.verify"),
    Verb("choices", "what a person allows, and why; change it", "salience.cli.privacy.choices"),
    Verb("tags", "what is said of a person; take a tag off, correct one", "salience.cli.privacy.tags"),
    Verb("requests", "who asked for what, and by when it is due", "salience.cli.privacy.requests"),
    Verb("reviews", "decisions that people contest, for a human to decide", "salience.cli.privacy.reviews"),
    Verb("recipients", "who else gets data, and on which ground", "salience.cli.privacy.recipients"),
    Verb("notices", "deletes that recipients are owed", "salience.cli.privacy.notices"),
    Verb("count", "how many people did something, with noise that hides each", "salience.cli.privacy.count"),
    Verb("purge", "take out visitors who were invented to push an item", "salience.cli.privacy.purge"),
    Verb("audit", "check that nobody has changed the audit chain", "salience.cli.privacy.audit"),
    Verb("paper", "papers made from the running system", "salience.cli.privacy.paper"),
    Verb("rotate", "a new key for pseudonyms, or for everybody's fields", "salience.cli.privacy.rotate"),
)
"""Every kind. A new one is a file in this folder with `add(parser)` and `run(args)`, and one line here."""
