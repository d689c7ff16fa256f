"""`salience mine KIND`: patterns in a workspace's events, one file a kind."""

from __future__ import annotations

from salience.cli.verbs import Verb

KINDS: tuple[Verb, ...] = (
    Verb("rules", "what goes with what", "salience.cli.mine.rules"),
    Verb("topics", "what people write, search, or the catalogue says", "salience.cli.mine.topics"),
    Verb("keywords", "what is said of some items more than of others", "salience.cli.mine.keywords"),
    Verb("sentiment", "how pleased people sound", "salience.cli.mine.sentiment"),
    Verb("images", "colours, near-duplicates and likenesses of pictures", "salience.cli.mine.images"),
    Verb("sequences", "what people do one after the other", "salience.cli.mine.sequences"),
    Verb("paths", "how people go through a visit, and where they leave", "salience.cli.mine.paths"),
    Verb("funnel", "how many come from the first step to the last", "salience.cli.mine.funnel"),
    Verb("retention", "who comes back, by the time they first came", "salience.cli.mine.retention"),
    Verb("trends", "what is wanted more, or less, than before", "salience.cli.mine.trends"),
    Verb("audience", "people by the rules in salience.toml, as of this moment", "salience.cli.mine.audience"),
    Verb("segments", "who is alike, by what they choose", "salience.cli.mine.segments"),
    Verb(
        "clusters", "who is alike, by how much they do and spend; also items, or a table", "salience.cli.mine.clusters"
    ),
    Verb("lookalike", "people who are like some others", "salience.cli.mine.lookalike"),
    Verb("rfm", "customers by recency, frequency and money", "salience.cli.mine.rfm"),
    Verb("clv", "what each customer will still buy, and for how much", "salience.cli.mine.clv"),
    Verb("churn", "who has gone quiet, and what is at stake", "salience.cli.mine.churn"),
    Verb("leads", "points for what people did lately, and who has most", "salience.cli.mine.leads"),
)
"""Every kind of pattern. A new one is a file in this folder with `add(parser)` and `run(args)`, and one line here."""
