"""`salience recommend USER`: what this person would be shown now, and why."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, one_of, whole
from salience.events.fault import InvalidInput, NotFound

if TYPE_CHECKING:
    from salience.engine import Engine
    from salience.events import RecommendRequest


def add(parser: Parser) -> None:
    """What the verb takes."""
    parser.add_argument("user", metavar="USER", help="a user's id")
    parser.add_argument("--k", type=whole(1, 1000), default=10, help="how many items (10)")
    parser.add_argument("--slot", default="for-you", help="the place on the page (for-you)")
    parser.add_argument("--layout", action="append", default=[], help="offer this layout too; repeat it for each")
    parser.add_argument("--category", action="append", default=[], help="only items of this category; may be repeated")
    parser.add_argument("--exclude", action="append", default=[], metavar="ITEM", help="not this item; may be repeated")
    parser.add_argument("--ask", metavar="JSON", default="{}", help="more of the request's body, as over HTTP")
    parser.add_argument("--language", type=one_of("en", "zh"), default="en", help="of the reasons: en or zh (en)")
    parser.add_argument("--no-explore", action="store_true", help="no random items, the best ones only")
    parser.add_argument("--new", action="store_true", help="a user without any event is meant, not a misspelling")
    parser.add_argument("--preview", action="store_true", help="log nothing; works beside a running server")


def run(args: Namespace) -> int:
    """Print the row; the decision's id comes last, for `salience explain`."""
    with open_engine(args, read_only=args.preview) as engine:
        if not args.new:
            _must_be_known(engine, args.user)
        request = _asked(
            args.ask,
            user=args.user,
            slot=args.slot,
            k=args.k,
            layouts=tuple(args.layout),
            categories=tuple(args.category),
            exclude=tuple(args.exclude),
            language=args.language,
            explore=not args.no_explore,
        )
        answer = engine.recommend(request, preview=args.preview)
    if args.json:
        show.as_json(answer)
        return 0
    rows = [(at, i.item, i.title, i.score, i.reason.text) for at, i in enumerate(answer.items, start=1)]
    show.table("", ("", "item", "title", "score", "why"), rows)
    if answer.layout:
        show.say(f"layout: {answer.layout.chosen} (drawn with probability {answer.layout.probability:.2f})")
    if answer.why_rung:
        show.say(f"answered by the {answer.rung} list: {answer.why_rung}")
    if not args.preview:
        show.say(f"decision {answer.decision}; see: salience explain {answer.decision}")
    return 0


def _asked(text: str, **typed: object) -> RecommendRequest:
    """The request of the options, with what ``--ask`` says besides."""
    import msgspec

    from salience.events import RecommendRequest

    try:
        return msgspec.convert({**typed, **msgspec.json.decode(text, type=dict[str, object])}, RecommendRequest)
    except msgspec.DecodeError as fault:  # not JSON, or not a request
        raise InvalidInput("ask", text, str(fault), """e.g. --ask '{"max_per_category": 2}'""") from None


def _must_be_known(engine: Engine, user: str) -> None:
    people = engine.pulse().people  # it also follows the log to its end
    if not engine.state.knows(user):
        way_out = "pass --new to see what a newcomer gets"
        raise NotFound("user", user, f"no event names this user; {people:,} others are known", way_out)
