"""`salience bench TASK`: published protocols on plain files, with predictions that other code can score."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from importlib import import_module
from typing import NamedTuple

from salience.cli.parser import Parser, Wrong, did_you_mean, number, whole


class Task(NamedTuple):
    """``module`` has ``run(args) -> int``; it is imported only for its task. Options are named as argparse does."""

    module: str
    needs: tuple[str, ...]
    takes: tuple[str, ...]


TASKS: Mapping[str, Task] = {
    "text": Task("salience.cli.bench.text", ("train", "test"), ()),
    "clv": Task("salience.cli.bench.clv", ("transactions", "calibrate_until", "weeks"), ()),
    "topn": Task("salience.cli.bench.topn", ("train",), ("valid", "test", "k", "users")),
    "baskets": Task("salience.cli.bench.baskets", ("file", "support"), ("confidence",)),
    "next": Task("salience.cli.bench.next", ("sequences",), ("k", "keep_seen")),
    "session": Task("salience.cli.bench.session", ("train", "test"), ("k",)),
    "rating": Task("salience.cli.bench.rating", ("train", "test"), ("users", "items")),
    "nextbasket": Task("salience.cli.bench.nextbasket", ("history", "future"), ("k",)),
    "uplift": Task(
        "salience.cli.bench.uplift",
        ("train", "test", "treatment", "outcome"),
        ("control", "arm", "ignore", "covariates", "cost", "budget"),
    ),
    "ope": Task("salience.cli.bench.ope", ("log",), ("target_log", "action", "reward", "probability", "context")),
}
OWN = ("transactions", "calibrate_until", "weeks",
       "train", "valid", "test", "sequences", "file", "k", "keep_seen", "support", "confidence",
       "history", "future", "users", "items", "treatment", "outcome", "control", "arm", "ignore", "covariates", "cost",
       "budget", "log", "target_log", "action", "reward", "probability", "context")  # fmt: skip


def add(parser: Parser) -> None:
    """What the verb takes; which task takes which option is checked in `run`."""
    parser.add_argument("task", metavar="|".join(TASKS), type=_task, help="which protocol")
    parser.add_argument("--train", metavar="FILE", help="topn: `user item item ...`; session: `item item ...`; "
                        "rating: `user item rating [time]`")  # fmt: skip
    parser.add_argument("--transactions", metavar="CSV", help="clv: customer, day and value of purchases")
    parser.add_argument("--calibrate-until", metavar="DATE", help="clv: the last day to learn from")
    parser.add_argument("--weeks", type=whole(1, 5200), help="clv: how far to look ahead")
    parser.add_argument("--valid", metavar="FILE", help="topn: validation part, as --train; else one is cut from it")
    parser.add_argument("--test", metavar="FILE", help="topn, rating: as --train; session: `prefix TAB target`")
    parser.add_argument("--sequences", metavar="FILE", help="next: `user item item ...`, oldest item first")
    parser.add_argument("--file", metavar="FILE", help="baskets: one transaction a line")
    parser.add_argument("--history", metavar="FILE", help="nextbasket: baskets so far: user, basket or time, item; "
                        "lines of items; or JSON")  # fmt: skip
    parser.add_argument("--future", metavar="FILE", help="nextbasket: each user's next basket, as --history")
    parser.add_argument("--users", metavar="FILE", help="rating: side data: user, then attributes; "
                        "topn: links, `user friend`")  # fmt: skip
    parser.add_argument("--items", metavar="FILE", help="rating: side data: item, then attributes")
    parser.add_argument("--treatment", metavar="COLUMN", help="uplift: who was treated, and how")
    parser.add_argument("--outcome", metavar="COLUMN", help="uplift: what it was for: 0 and 1, or a number")
    parser.add_argument(
        "--control", metavar="VALUE", help="uplift: of the treatment, for untreated (if it does not show)"
    )
    parser.add_argument("--arm", metavar="VALUE", help="uplift: the treatment to compare with the control, if several")
    parser.add_argument("--ignore", metavar="COLUMNS", help="uplift: not to learn from, between commas")
    parser.add_argument("--covariates", metavar="COLUMNS", help="uplift: to learn from, and from no others")
    parser.add_argument("--cost", type=number(0, 1e12), help="uplift: of treating one, in units of the outcome (0)")
    parser.add_argument("--budget", type=number(0, 1), help="uplift: largest share of people to treat (1)")
    parser.add_argument("--log", metavar="FILE", help="ope: one choice a row: action, reward, its probability, context")
    parser.add_argument("--target-log", metavar="FILE", help="ope: judge the policy of this log, and compare with it")
    parser.add_argument("--action", metavar="COLUMN", help="ope: what was chosen (if its name does not show it)")
    parser.add_argument("--reward", metavar="COLUMN", help="ope: what it earned (if its name does not show it)")
    parser.add_argument("--probability", metavar="COLUMN", help="ope: with which it was drawn (likewise)")
    parser.add_argument("--context", metavar="COLUMNS", help="ope: for the reward model, between commas (all others)")
    parser.add_argument("--k", type=whole(1, 1000), help="topn, session: length of a list (20); next, nextbasket: (10)")
    parser.add_argument("--keep-seen", action="store_true", help="next: items of the history may come again")
    parser.add_argument("--support", type=number(0, 1), help="baskets: least share of the transactions")
    parser.add_argument("--confidence", type=number(0, 1), help="baskets: also rules, with this confidence or more")
    parser.add_argument(
        "--minutes", type=number(0, 10_080), default=10.0, help="try no further settings after this long (10)"
    )
    parser.add_argument(
        "--seed", type=whole(0, 2**31 - 1), default=0, help="same files, seed, minutes: same answer (0)"
    )
    parser.add_argument("--out", metavar="FILE", help="write the predictions as Parquet")


def run(args: Namespace) -> int:
    """Check that the options are those of the task, then run it."""
    from salience.events.fault import InvalidInput

    task = TASKS[args.task]
    for option in OWN:
        flag, given = f"--{option.replace('_', '-')}", getattr(args, option) not in (None, False)
        if given and option not in (*task.needs, *task.takes):
            rule = f"bench {args.task} does not take {flag}"
            raise InvalidInput(option, getattr(args, option), rule, "see `salience bench --help`")
        if not given and option in task.needs:
            raise InvalidInput(option, "", f"bench {args.task} needs {flag}", "see `salience bench --help`")
    return int(import_module(task.module).run(args))


def _task(word: str) -> str:
    if word not in TASKS:
        rule = f"must be one of {', '.join(TASKS)}"
        raise Wrong(word, rule, did_you_mean(word, TASKS, ""))
    return word
