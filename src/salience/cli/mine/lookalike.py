"""`salience mine lookalike`: people who are like some others."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from salience.cli import plots, show
from salience.cli.home import open_engine
from salience.cli.items import titles_of
from salience.cli.parser import Parser, whole
from salience.events.fault import InvalidInput, NotFound


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("--users", default="", metavar="USER,USER,...", help="the people to be like")
    parser.add_argument("--file", metavar="FILE", help="the same, one a line")
    parser.add_argument("--group", default="", metavar="NAME", help="the same: a group of `mine rfm`, e.g. champions")
    parser.add_argument("--limit", type=whole(1, 10_000_000), default=20, help="how many, most alike first (20)")
    parser.add_argument("--seed", type=whole(0, 2**31 - 1), default=0, help="of the folds that test it (0)")
    parser.add_argument("--plot", metavar="FILE", help="also a picture of them, .svg or .png")


def run(args: Namespace) -> int:
    """Print who is most alike, and whether that can be told at all."""
    plots.check(args.plot)
    seeds = [name.strip() for name in args.users.split(",") if name.strip()]
    if args.file:
        path = Path(args.file).expanduser()
        if not path.is_file():
            raise NotFound("file", args.file, "does not exist", "one person a line")
        seeds += [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    if not seeds and not args.group:
        raise InvalidInput("users", "", "nobody is named", "pass --users, --file or --group")
    with open_engine(args, read_only=True) as engine:
        if args.group:
            rfm = engine.rfm()
            seeds += [name for name, group in zip(rfm.customers, rfm.groups, strict=True) if group == args.group]
        found = engine.lookalikes(seeds, limit=args.limit, seed=args.seed)
        titles = titles_of(engine)
    if args.plot:
        rows = [(one.user, one.like, f"{one.like:.0%}") for one in found.people]
        plots.write(args.plot, plots.bars("More alike than so many of the group itself", rows))
    if args.json:
        show.as_json(found)
        return 0
    if found.people:
        told = [(one.user, f"{one.like:.0%}") for one in found.people]
        show.table("", ("person", "more alike than so many of the group itself"), told)
    show.line(f"{found.seeds:,} people to be like; they want more than others: "
          f"{'; '.join(titles.get(item, item) for item in found.items) or 'nothing in particular'}")  # fmt: skip
    if found.unknown:
        show.line(f"not known here: {', '.join(found.unknown[:5])}{' ...' if len(found.unknown) > 5 else ''}")
    show.line(found.verdict)
    return 0
