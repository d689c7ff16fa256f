"""`salience attention ledger`: seconds, clicks and value by slot, channel or group of people."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("--by", default="slot", metavar="slot|channel|segment:TRAIT", help="what to tell apart (slot)")


def run(args: Namespace) -> int:
    """Print the accounts, the largest first."""
    with open_engine(args, read_only=True) as engine:
        found = engine.attention(args.by)
    if args.json:
        show.as_json(found)
        return 0
    heads = (
        args.by,
        "people",
        "impressions",
        "viewable s",
        "clicks",
        "value",
        "revenue",
        "cost",
        "value/minute",
        "between",
    )
    rows = [
        (
            one.name,
            one.people,
            one.impressions,
            round(one.visible_seconds),
            one.clicks,
            one.value,
            one.revenue,
            one.cost,
            "" if one.value_per_minute is None else f"{one.value_per_minute:.3g}",
            "" if one.low is None else f"{one.low:.3g} and {one.high:.3g}",
        )
        for one in found
    ]
    show.table("", heads, rows)
    print("value: rewards of decisions; a minute: of viewable time. Attention is the price, not the gain")
    return 0
