"""`salience policies set`: change a loop's settings; what is not named stays."""

from __future__ import annotations

from argparse import Namespace

from salience.cli import show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, one_of, whole
from salience.events.fault import InvalidInput

SHARES = ("floor", "holdout", "apprentice_share", "explore")


def add(parser: Parser) -> None:
    """The settings."""
    parser.add_argument("--mode", type=one_of("loggingOnly", "apprentice", "online"), help="who has the last word")
    parser.add_argument("--policy", metavar="NAME", help="how it chooses: thompson-logistic, squarecb, ...")
    parser.add_argument("--wait-seconds", type=whole(0, 2_592_000), help="how long a reward is waited for")
    parser.add_argument(
        "--late-seconds",
        type=whole(0, 7_776_000),
        help="until when one may still come: learned as far as it is expected",
    )
    parser.add_argument("--default-reward", type=float, help="what is learned if none comes (-1 to 1)")
    parser.add_argument(
        "--aggregation", type=one_of("earliest", "sum", "max", "last", "average"), help="of several rewards"
    )
    parser.add_argument("--floor", type=float, help="share that is spread over all actions (0 to 1)")
    parser.add_argument("--holdout", type=float, help="share of units that always get the baseline (0 to 1)")
    parser.add_argument("--apprentice-share", type=float, help="share of an apprentice's own choices (0 to 1)")
    parser.add_argument("--explore", type=float, help="epsilon, for the policy that has one (0 to 1)")
    parser.add_argument("--keep", type=float, help="what one lesson leaves of the older ones (above 0, to 1)")
    parser.add_argument(
        "--about", type=one_of("content", "price", "discount", "fee", "offer"), help="what it decides (content)"
    )
    parser.add_argument(
        "--differs-by",
        metavar="FEATURE=WHY",
        action="append",
        help="of prices and the like: a feature of the context that they may differ by, and the reason; again for more",
    )
    parser.add_argument("--significant", type=one_of("yes", "no"), help="whether it weighs heavily for people")
    parser.add_argument("--why", default="", help="kept in the log")


def run(args: Namespace) -> int:
    """Change, and print the settings as they are now."""
    import msgspec

    from salience.events import LoopSettings

    names = ("about", "mode", "policy", "default_reward", "aggregation", "keep", *SHARES)
    changed = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    if args.wait_seconds is not None:
        changed["wait_ms"] = args.wait_seconds * 1000
    if args.late_seconds is not None:
        changed["late_ms"] = args.late_seconds * 1000
    if args.significant:
        changed["significant"] = args.significant == "yes"
    if args.differs_by:
        changed["differs_by"] = dict(_reason(text) for text in args.differs_by)
    if not changed:
        raise InvalidInput("set", "", "names nothing to change", "see `salience policies set --help`")
    with open_engine(args) as engine:
        before = msgspec.structs.asdict(engine.loop(args.loop).settings)
        try:
            settings = msgspec.convert({**before, **changed}, LoopSettings)
        except msgspec.ValidationError as error:
            where = str(error).rpartition("$.")[2].strip("`")
            raise InvalidInput(where, changed.get(where), str(error).split(" - at")[0]) from None
        view = engine.steer(args.loop, settings, by="command line", why=args.why)
    if args.json:
        show.as_json(view)
    else:
        print(f"loop {view.loop}: {', '.join(f'{name} {value}' for name, value in changed.items())}")
    return 0


def _reason(text: str) -> tuple[str, str]:
    name, _, why = text.partition("=")
    if not name or not why:
        raise InvalidInput("differs-by", text, "must be FEATURE=WHY", "e.g. country='taxes differ'")
    return name, why
