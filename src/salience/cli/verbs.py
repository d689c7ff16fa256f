"""Every verb that can be typed, in the order of the loop. A new one is a file in this folder and one line here."""

from __future__ import annotations

from typing import NamedTuple


class Verb(NamedTuple):
    """``module`` has ``add(parser)`` and ``run(args) -> int``; it is imported only when the verb is typed.

    A verb of several kinds (``salience bench topn``) has ``KINDS`` instead of ``run``: a verb each, in a file each,
    with options of its own. Its ``add``, if it has one, adds the options that all kinds share.
    """

    name: str
    line: str
    module: str


VERBS: tuple[Verb, ...] = (
    Verb("demo", "the whole loop on MovieLens 100K, then a page to click on", "salience.cli.demo"),
    Verb("init", "make a workspace folder and print its keys once", "salience.cli.init"),
    Verb("serve", "answer over HTTP", "salience.cli.serve"),
    Verb("import", "take in files of events, items, users or interactions", "salience.cli.import_"),
    Verb("consume", "take in a stream: the Kafka protocol or NATS JetStream", "salience.cli.consume"),
    Verb("export", "write events, items, users or interactions to a file", "salience.cli.export"),
    Verb("seal", "the log's rows as Parquet files, for analytics", "salience.cli.seal"),
    Verb("failed", "list, show or replay the events that could not be accepted", "salience.cli.failed"),
    Verb("identity", "which ids are one person; split them, or undo a merge", "salience.cli.identity"),
    Verb("train", "prepare, mine, tune and publish a model", "salience.cli.train"),
    Verb("models", "list the published models", "salience.cli.models"),
    Verb("rollback", "publish an older model again", "salience.cli.rollback"),
    Verb("recommend", "what a person would see now, and why", "salience.cli.recommend"),
    Verb("similar", "the items most like an item", "salience.cli.similar"),
    Verb("explain", "why a decision came out as it did", "salience.cli.explain"),
    Verb("quality", "the state of each source, with alarms where something moved", "salience.cli.quality"),
    Verb(
        "mine", "patterns: what goes with what, who is alike, who comes back, what they are worth", "salience.cli.mine"
    ),
    Verb("predict", "who will leave, who will buy, what comes next", "salience.cli.predict"),
    Verb("evaluate", "a leaderboard on held-out behaviour, with intervals", "salience.cli.evaluate"),
    Verb("bench", "published protocols on plain files, with predictions to score", "salience.cli.bench"),
    Verb("policies", "loops that choose: list, judge, promote, roll back", "salience.cli.policies"),
    Verb("ope", "what other policies over layouts would have earned, from the decisions", "salience.cli.ope"),
    Verb(
        "experiments", "try something on a part of the people, and hear whether it helped", "salience.cli.experiments"
    ),
    Verb("attention", "what people's attention was spent on, and what it brought", "salience.cli.attention"),
    Verb("privacy", "the rights of people, and what shows that they were heard", "salience.cli.privacy"),
    Verb("keys", "list, add, rotate or revoke the keys of a workspace", "salience.cli.keys"),
    Verb("accounts", "people who sign in to the console: list, add, change or remove", "salience.cli.accounts"),
    Verb("backup", "one file with everything of a workspace, while it is in use", "salience.cli.backup"),
    Verb("restore", "make a workspace out of its backup", "salience.cli.restore"),
    Verb("doctor", "check that a workspace is well", "salience.cli.doctor"),
)
