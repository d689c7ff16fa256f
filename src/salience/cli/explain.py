"""`salience explain DECISION`: why an answer came out as it did, and what came of it."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, one_of

if TYPE_CHECKING:
    from salience.events.answers import Explanation


def add(parser: Parser) -> None:
    """What the verb takes."""
    parser.add_argument("decision", metavar="DECISION", help="the id that came with the answer")
    parser.add_argument("--language", type=one_of("en", "zh"), default="en", help="of the reasons: en or zh (en)")


def run(args: Namespace) -> int:
    """Print the decision's four lines, its row, and its outcomes."""
    with open_engine(args, read_only=True) as engine:
        explanation = engine.explain(args.decision, args.language)
    if args.json:
        show.as_json(explanation)
        return 0
    for line in four_lines(explanation):
        print(line)
    rows = [(at, i.item, i.title, i.score, i.probability, i.reason.text) for at, i in enumerate(explanation.items, 1)]
    show.table("", ("", "item", "title", "score", "probability", "why"), rows)
    print("came of it:  " + (", ".join(explanation.outcomes) or "nothing yet"))
    return 0


def four_lines(explanation: Explanation) -> list[str]:
    """Candidates, values, scores, choice: the four lines of `salience.recommend.decide`, with their figures."""
    d = explanation.decision
    model = f"model {d.model}" if d.rung == "model" else f"the {d.rung} list ({d.why_rung})"
    lines = [
        f"candidates:  {d.candidates:,} items could stand in slot {d.slot!r}",
        f"values:      {d.history:,} items of this person's history, as of row {d.as_of:,} of the log",
        f"scores:      by {model}",
        f"choice:      the best {len(d.items)}, each place explored with probability {d.explore:g}; seed {d.seed}",
    ]
    if d.layout:
        arms = ", ".join(f"{arm} {p:.2f}" for arm, p in zip(d.layout.offered, d.layout.probabilities, strict=True))
        lines.append(f"layout:      {d.layout.chosen}, drawn by {d.layout.policy} from {arms}")
    return lines
