"""`salience bench uplift`: who gains from being treated, and whether people differ enough for it to matter."""

from __future__ import annotations

import time
from argparse import Namespace
from typing import TYPE_CHECKING, Any

from salience.cli import show
from salience.cli.bench import written
from salience.cli.bench.cells import cells
from salience.cli.parser import Parser, number

if TYPE_CHECKING:
    from salience.optimise.uplift.curves import Span
    from salience.optimise.uplift.targeting import Targeting


def add(parser: Parser) -> None:
    """What the task takes."""
    parser.add_argument("--train", metavar="CSV", required=True, help="a table with a line of names")
    parser.add_argument("--test", metavar="CSV", required=True, help="as --train; only scored")
    parser.add_argument("--treatment", metavar="COLUMN", required=True, help="who was treated, and how")
    parser.add_argument("--outcome", metavar="COLUMN", required=True, help="what it was for: 0 and 1, or a number")
    parser.add_argument("--control", metavar="VALUE", help="of the treatment, for untreated (if it does not show)")
    parser.add_argument("--arm", metavar="VALUE", help="the treatment to compare with the control, if several")
    parser.add_argument("--ignore", metavar="COLUMNS", help="not to learn from, between commas")
    parser.add_argument("--covariates", metavar="COLUMNS", help="to learn from, and from no others")
    parser.add_argument("--cost", type=number(0, 1e12), help="of treating one, in units of the outcome (0)")
    parser.add_argument("--budget", type=number(0, 1), help="largest share of people to treat (1)")


def run(args: Namespace) -> int:
    """Read, study, score the test part, print."""
    written.check(args.out)
    train, test = cells("train", args.train), cells("test", args.test)
    import msgspec
    import numpy as np

    from salience.optimise.uplift.targeting import Question, target
    from salience.train.bench_outcome import versions

    question = Question(
        treatment=args.treatment,
        outcome=args.outcome,
        control=args.control,
        arm=args.arm,
        ignore=_names(args.ignore),
        covariates=_names(args.covariates),
        cost=args.cost or 0.0,
        budget=args.budget or 1.0,
    )
    began = time.perf_counter()
    with show.progress() as progress:
        found, gain = target(train, test, question, seed=args.seed, progress=progress)
    written.write(args.out, {"row": np.arange(len(gain)), "prediction": gain})
    if args.json:
        told: dict[str, Any] = {"task": "uplift", **msgspec.to_builtins(found)}
        show.as_json(told | {"seconds": round(time.perf_counter() - began, 3), "versions": versions()})
    else:
        tell(found)
    return 0


def tell(found: Targeting) -> None:
    """The verdict first, then what it rests on."""
    print(f"{found.arm} against {found.control}: {found.verdict} ({found.why})")
    print(found.formula)
    rows = [(c.name, f"{c.qini.value:.4f}", _interval(c.qini), _span(c.behind), "yes" if c.used else "")
            for c in found.candidates]  # fmt: skip
    show.table("out of fold, training part", ("learner", "qini", "95 % interval", "behind the best", "used"), rows)
    print(
        f"chosen, the mean of those used: qini {_span(found.qini)}; a response model has {_span(found.response_qini)}"
    )
    if found.test is not None:
        test = found.test
        print(f"test qini {_span(test.qini)}, auuc {_span(test.auuc)}, uplift at 30 % {_span(test.uplift_at_30)}")
        print(f"test average effect {_span(test.average_effect)}")
        gains = [(f"{w.share:.0%}", f"{w.gain.value:.5f}", _interval(w.gain), f"{w.random:.5f}") for w in test.worth]
        show.table("test, gain a person", ("treated", "best first", "95 % interval", "at random"), gains)
    print(f"audience: {found.audience.share:.0%} of the people; {found.audience.why}")
    for name, why in found.left_out.items():
        print(f"not learned from: {name} ({why})")
    if found.unbalanced:
        print(f"The arms were not drawn at random ({', '.join(found.unbalanced)} differ): treat this as observational.")
    if found.other_arms:
        print(f"other treatments, left out: {', '.join(found.other_arms)}; run once for each with --arm")


def _names(words: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in words.split(",") if word.strip()) if words else ()


def _span(span: Span) -> str:
    return f"{span.value:.4f} ({_interval(span)})"


def _interval(span: Span) -> str:
    return f"{span.low:.4f} to {span.high:.4f}"
