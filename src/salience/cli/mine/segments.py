"""`salience mine segments`: who is alike."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from salience.cli import plots, show
from salience.cli.home import open_engine
from salience.cli.items import titles_of
from salience.cli.parser import Parser, whole

if TYPE_CHECKING:
    from salience.mine import Segmentation

NAMED = 3  # item titles that describe a segment in the table; --json has all


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("--k", type=whole(2, 1000), help="how many; else the number that separates best")
    parser.add_argument("--plot", metavar="FILE", help="also a picture of them, .svg or .png")
    parser.add_argument("--seed", type=whole(0, 2**31 - 1), default=0, help="where the search starts (0)")


def run(args: Namespace) -> int:
    """Print the segments."""
    plots.check(args.plot)
    with open_engine(args, read_only=True) as engine:
        found = engine.segments(k=args.k, seed=args.seed)
        shown = engine.shown_groups({one.name: one.size for one in found.segments})
        told = [one for one in found.segments if one.name in shown.groups]
        sizes = [(one.name, float(one.size), f"{one.size:,} ({one.share:.0%})") for one in told]
        plots.write(args.plot, plots.bars("Segments by what people choose", sizes))
        if args.json:
            show.as_json(plain(found, shown.groups, shown.hidden))
        else:
            print_segments(found, titles_of(engine), shown.groups, engine.spent())
            if shown.hidden:
                show.say(f"{shown.hidden} groups are not shown: fewer than ten people, or they could be worked out")
    return 0


def print_segments(
    found: Segmentation, titles: Mapping[str, str], shown: Collection[str], spent: Mapping[str, float]
) -> None:
    """One line per segment, with its part of the money where there are prices; then how far they can be trusted."""
    money = [0.0] * len(found.segments)
    for user, label in zip(found.users.names, found.labels.tolist(), strict=True):
        if label >= 0:
            money[label] += spent.get(user, 0.0)
    rows = [
        (
            segment.name,
            segment.size,
            f"{segment.share:.0%}",
            *(
                (f"{money[segment.centroid] / sum(money):.0%}", f"{money[segment.centroid] / segment.size:,.0f}")
                if any(money)
                else ()
            ),
            "" if segment.stability is None else f"{segment.stability:.2f}",
            "; ".join(titles.get(item, item) for item in segment.items[:NAMED]),
        )
        for segment in found.segments
        if segment.name in shown
    ]
    paid = ("of the money", "money each") if any(money) else ()
    show.table("", ("segment", "people", "share", *paid, "stability", "for example"), rows)
    for line in (f"{found.k} segments: {found.reason}", found.caution):
        if line:
            show.line(line)


def plain(found: Segmentation, shown: Collection[str], hidden: int) -> dict[str, Any]:
    """For JSON: the segments and each person's, without the arithmetic, and without those too small to be shown."""
    names = [segment.name for segment in found.segments]
    labels = zip(found.users.names, found.labels.tolist(), strict=True)
    return {
        "segments": [one for one in found.segments if one.name in shown],
        "hidden": hidden,
        "k": found.k,
        "reason": found.reason,
        "caution": found.caution,
        "silhouette": found.silhouette,
        "stability": found.stability,
        "unplaced": found.unplaced,
        "people": {user: names[label] for user, label in labels if label >= 0 and names[label] in shown},
    }
