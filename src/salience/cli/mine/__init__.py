"""`salience mine KIND`: patterns in a workspace's events, one file a kind."""

from __future__ import annotations

from salience.cli.verbs import Verb

KINDS: tuple[Verb, ...] = (
    Verb("rules", "what goes with what", "salience.cli.mine.rules"),
    Verb("topics", "what people write, search, or the catalogue says", "salience.cli.mine.topics"),
    Verb("keywords", "what is said of some items more than of others", "salience.cli.mine.keywords"),
    Verb("sentiment", "how pleased people sound", "salience.cli.mine.sentiment"),
    Verb("segments", "who is alike, by what they choose", "salience.cli.mine.segments"),
)
"""Every kind of pattern. A new one is a file in this folder with `add(parser)` and `run(args)`, and one line here."""
