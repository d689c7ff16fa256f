"""`salience mine rfm`: customers by recency, frequency and money, in groups with names."""

from __future__ import annotations

from argparse import Namespace
from datetime import date
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from salience.cli import plots, show
from salience.cli.home import open_engine
from salience.cli.parser import Parser
from salience.events.fault import InvalidInput, NotFound

if TYPE_CHECKING:
    from salience.mine.rfm import RFM


ROUNDED = 0.005  # of the money: below, a share is 0 %, not -0 %


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument(
        "--transactions", metavar="CSV", help="customer, day and value of purchases and returns, instead of a workspace"
    )
    parser.add_argument("--group", default="", metavar="NAME", help="list the customers of this group")
    parser.add_argument(
        "--tell", action="store_true", help="write it to the log as predicted:rfm of each person, for 30 days"
    )
    parser.add_argument("--plot", metavar="FILE", help="also a picture of the groups, .svg or .png")


def run(args: Namespace) -> int:
    """Print the groups, or the customers of one. Of a workspace, groups of a few people are not told."""
    from salience.engine.breakdowns import rfm_groups

    plots.check(args.plot)
    if args.tell and args.transactions:
        raise InvalidInput("tell", "", "is for people of a workspace", "leave it out")
    found, last = _found(args)
    groups, hidden = (found.summary(), 0) if args.transactions else rfm_groups(found)
    names = [one.name for one in groups]
    if args.plot:
        rows = [
            (one.name, float(one.size), f"{one.size:,} people, {one.money_share:.0%} of the money") for one in groups
        ]
        plots.write(args.plot, plots.bars("Customers by recency, frequency and money", rows))
    if args.json:
        customers = [row for row in rows_of(found) if row["group"] in names]
        show.as_json({"groups": groups, "customers": customers, "hidden": hidden})
    elif args.group:
        if args.group not in names:
            rule = "holds fewer than ten people, or they could be worked out" if hidden else "holds nobody"
            raise NotFound("group", args.group, rule, f"groups: {', '.join(names)}")
        mine = [row for row in rows_of(found) if row["group"] == args.group]
        mine.sort(key=itemgetter("money"), reverse=True)
        show.table("", tuple(mine[0]), [tuple(row.values()) for row in mine])
    else:
        told = [
            (
                g.name,
                g.size,
                f"{g.share:.0%}",
                f"{g.money_share:.0%}" if abs(g.money_share) >= ROUNDED else "0%",
                round(g.recency),
                round(g.frequency),
                f"{g.money:,.0f}",
            )
            for g in groups
        ]
        columns = ("group", "people", "of all", "of the money", "days since", "purchases", "money each")
        show.table("Medians of each group", columns, told)
        show.line(f"{len(found.customers):,} customers, {float(found.money.sum()):,.0f} in all, until {last}")
        if hidden:
            show.say(f"{hidden} groups are not shown: fewer than ten people, or they could be worked out")
    return 0


def _found(args: Namespace) -> tuple[RFM, date]:
    """The groups, and the last day with a purchase."""
    if args.transactions:
        from salience.cli.bench.clv import purchases
        from salience.engine.mining import rfm_of

        customers, days, values = purchases("transactions", args.transactions, returns=True)
        return rfm_of(customers, days, values), date.fromordinal(max(days, default=1))
    with open_engine(args, read_only=not args.tell) as engine:
        found = engine.rfm()
        if not engine.priced():
            show.say(show.NO_PRICES)
        if args.tell:
            told = engine.tell("rfm", dict(zip(found.customers, found.groups, strict=True)))
            show.say(f"{told:,} people told: segments can ask about predicted:rfm")
        return found, engine.last_purchase()


def rows_of(found: RFM) -> list[dict[str, Any]]:
    """One per customer."""
    columns = (found.recency.tolist(), found.frequency.tolist(), found.money.tolist(), found.scores.tolist())
    return [
        {"customer": name, "days_since": r, "purchases": f, "money": m, "scores": "".join(map(str, s)), "group": group}
        for name, r, f, m, s, group in zip(found.customers, *columns, found.groups, strict=True)
    ]
