"""`salience bench TASK`: published protocols on plain files, with predictions that other code can score."""

from __future__ import annotations

from salience.cli.parser import Parser, number, whole
from salience.cli.verbs import Verb

KINDS: tuple[Verb, ...] = (
    Verb("topn", "rank all items that a user did not have", "salience.cli.bench.topn"),
    Verb("next", "the next item of a sequence", "salience.cli.bench.next"),
    Verb("session", "the next item of an anonymous session", "salience.cli.bench.session"),
    Verb("rating", "how a user will rate an item", "salience.cli.bench.rating"),
    Verb("nextbasket", "a user's next basket", "salience.cli.bench.nextbasket"),
    Verb("baskets", "itemsets and rules, counted exactly", "salience.cli.bench.baskets"),
    Verb("text", "which label a text has", "salience.cli.bench.text"),
    Verb("cold", "new items, found by what is said of them", "salience.cli.bench.cold"),
    Verb("clv", "how much each customer will buy", "salience.cli.bench.clv"),
    Verb("tabular", "how likely each row is to be of a class", "salience.cli.bench.tabular"),
    Verb("uplift", "who gains from being treated", "salience.cli.bench.uplift"),
    Verb("bandit", "how fast a policy learns, in a world whose truth is known", "salience.cli.bench.bandit"),
    Verb("ope", "what another policy would have earned", "salience.cli.bench.ope"),
    Verb(
        "experiments", "whether an experiment helped, and how often methods are wrong", "salience.cli.bench.experiments"
    ),
)
"""Every task. A new one is a file in this folder with `add(parser)` and `run(args)`, and one line here."""


def add(parser: Parser) -> None:
    """What every task takes."""
    parser.add_argument(
        "--minutes", type=number(0, 10_080), default=10.0, help="try no further settings after this long (10)"
    )
    parser.add_argument(
        "--seed", type=whole(0, 2**31 - 1), default=0, help="same files, seed, minutes: same answer (0)"
    )
    parser.add_argument("--out", metavar="FILE", help="write the predictions as Parquet")
