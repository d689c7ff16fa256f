"""`salience privacy paper NAME`: a paper for an authority or for people, made from the workspace as it is now."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, one_of

PAPERS = ("record", "assessment", "notice", "parameters")


def add(parser: Parser) -> None:
    """What the kind takes."""
    said = "record of processing, draft of an impact assessment, table for the privacy notice, main parameters"
    parser.add_argument("name", metavar="|".join(PAPERS), type=one_of(*PAPERS), help=said)
    parser.add_argument("--out", metavar="FILE", help="write it into a file; else it is printed")


def run(args: Namespace) -> int:
    """Print or write it, as Markdown; with --json as data."""
    with open_engine(args, read_only=True) as engine:
        paper = engine.paper(args.name)
    if args.json:
        show.as_json(paper)
    elif args.out:
        Path(args.out).expanduser().write_text(paper.text, encoding="utf-8")
        show.say(f"{args.out}: made from {paper.made_from}")
    else:
        print(paper.text)
    return 0
