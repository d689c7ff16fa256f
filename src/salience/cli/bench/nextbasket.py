"""`salience bench nextbasket`: what each user will buy next, from their baskets so far; bought items may come again."""

from __future__ import annotations

from argparse import Namespace

from salience.cli.bench import baskets_by_user, report, written
from salience.cli.parser import Parser, whole
from salience.events.fault import InvalidInput


def add(parser: Parser) -> None:
    """What the task takes."""
    parser.add_argument("--history", metavar="FILE", required=True, help="baskets so far: user, basket or time, item; "
                        "lines of items; or JSON")  # fmt: skip
    parser.add_argument("--future", metavar="FILE", required=True, help="each user's next basket, as --history")
    parser.add_argument("--k", type=whole(1, 1000), default=10, help="length of a list (10)")


def run(args: Namespace) -> int:
    """Read, choose, rank, print."""
    written.check(args.out)
    history, keyed = baskets_by_user.baskets("history", args.history)
    future, _ = baskets_by_user.baskets("future", args.future, keyed=keyed)
    many = next((user for user, own in future.items() if len(own) > 1), None)
    if many is not None:
        rule = f"holds {len(future[many])} baskets of user {many}: one is to come"
        raise InvalidInput("future", args.future, rule, "keep each user's next basket only")
    coming = {user: own[0] for user, own in future.items() if own}
    from salience.train.bench_nextbasket import nextbasket

    return report.finish(args, lambda bench: nextbasket(history, coming, args.k, bench))
