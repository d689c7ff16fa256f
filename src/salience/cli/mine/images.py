"""`salience mine images`: colours, near-duplicates and likenesses of pictures, each file named by its item."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.items import titles_of
from salience.cli.parser import Parser, one_of
from salience.events.fault import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from salience.engine.perceiving import PictureReport

SHOWN = 30
ENDINGS = frozenset((".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp"))


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("folder", metavar="FOLDER", help="pictures named by item: tea-12.jpg is a picture of tea-12")
    parser.add_argument("--embedder", metavar="NAME", type=one_of("open-nsfw"), help="else colours, layout and edges")
    parser.add_argument("--keep", action="store_true", help="keep colour and look as fields of the items")


def run(args: Namespace) -> int:
    """Print what the pictures look like."""
    folder = Path(args.folder).expanduser()
    if not folder.is_dir():
        raise NotFound("folder", args.folder, "does not exist")
    with open_engine(args, read_only=not args.keep) as engine:
        found = engine.pictures(_read(folder), embedder=args.embedder or "")
        if args.keep:
            engine.keep_learned("colour", {p.item: p.colours[0].name for p in found.pictures if p.colours})
            kept = engine.keep_learned("look", {p.item: p.look for p in found.pictures})
            show.say(f"kept for {kept:,} items")
        titles = titles_of(engine)
    if args.json:
        show.as_json(found)
    else:
        tell(found, titles)
    return 0


def tell(found: PictureReport, titles: Mapping[str, str]) -> None:
    """One line a picture, then the near-duplicates."""
    rows = [
        (
            titles.get(p.item, p.item),
            ", ".join(f"{colour.name} {colour.share:.0%}" for colour in p.colours),
            p.look,
            "; ".join(f"{titles.get(name, name)} {cosine:.2f}" for name, cosine in p.alike[:3]),
        )
        for p in found.pictures[:SHOWN]
    ]
    show.table("", ("picture", "colours", "look", "most like"), rows)
    if len(found.pictures) > SHOWN:
        show.line(f"... and {len(found.pictures) - SHOWN:,} more; --json has all")
    for one, other, apart in found.duplicates[:SHOWN]:
        show.line(f"nearly the same: {titles.get(one, one)} and {titles.get(other, other)} ({apart} of 64 bits apart)")
    for name, why in found.unreadable[:SHOWN]:
        show.say(f"not read: {name}: {why}")


def _read(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in ENDINGS:
            yield path.stem, path.read_bytes()
