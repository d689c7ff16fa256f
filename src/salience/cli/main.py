"""`salience VERB ...`: find the verb, import its file alone, run it; every fault becomes one line and a status."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

from salience.cli.parser import Parser, did_you_mean
from salience.cli.verbs import VERBS, Verb

DONE, FAILED, WRONG_USAGE, STOPPED = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; the status is 0 done, 1 failed, 2 wrong usage, 130 stopped with Ctrl-C."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        return _answer(words)
    except KeyboardInterrupt:
        print("stopped; what was published before still serves", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:  # the reader, e.g. `head`, has seen enough
        sys.stderr.close()  # else Python complains while it leaves
        return FAILED
    except (ValueError, OSError) as fault:
        return _tell(fault, as_json="--json" in words)


def parser_of(verb: Verb) -> Parser:
    """The parser of one verb, with the two options that every verb has."""
    parser = Parser(f"salience {verb.name}", verb.line)
    import_module(verb.module).add(parser)
    parser.add_argument("--home", metavar="DIR", help="the workspace folder; else the environment's SALIENCE_HOME")
    parser.add_argument("--json", action="store_true", help="answer, and fail, in JSON")
    return parser


def overview() -> str:
    """What `salience --help` prints."""
    width = max(len(verb.name) for verb in VERBS)
    lines = [f"  {verb.name:<{width}}  {verb.line}" for verb in VERBS]
    return "\n".join(
        [
            "usage: salience VERB [options]",
            "",
            "An open-source personalization engine: collect, learn, recommend, prove it helped, learn again.",
            "",
            *lines,
            "",
            "Every verb takes --home DIR, --json and --help. Start with `salience demo`.",
        ]
    )


def _answer(words: list[str]) -> int:
    leading, rest = _split(words)
    if "--version" in leading:
        from salience import __version__

        print(f"salience {__version__}")
        return DONE
    if not rest or "--help" in leading or "-h" in leading:
        print(overview(), file=sys.stdout if leading else sys.stderr)
        return DONE if leading else WRONG_USAGE
    verb = next((verb for verb in VERBS if verb.name == rest[0]), None)
    if verb is None:
        from salience.events.fault import InvalidInput

        way_out = did_you_mean(rest[0], [verb.name for verb in VERBS], "`salience --help` lists the verbs")
        raise InvalidInput("command", rest[0], "not a verb of salience", way_out)
    parser = parser_of(verb)
    try:
        args = parser.read([*leading, *rest[1:]])
    except SystemExit:  # --help was printed
        return DONE
    status = import_module(verb.module).run(args)
    sys.stdout.flush()  # a closed pipe shows here, where it is caught
    return int(status)


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    """What stands before the verb (`salience --home shop models`), and the verb with the rest."""
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] == "--home" else 1
    return words[:at], words[at:]


def _tell(fault: ValueError | OSError, *, as_json: bool) -> int:
    """One line on stderr. A `ValueError` that is no `InvalidInput` is a bug and is raised again with its trace."""
    from salience.events.fault import InvalidInput

    if isinstance(fault, InvalidInput):
        status, message = WRONG_USAGE, str(fault)
        parts = {"parameter": fault.parameter, "value": fault.value, "rule": fault.rule, "way_out": fault.way_out}
    elif isinstance(fault, OSError):
        status, message = FAILED, f"{fault.strerror or fault}{f': {fault.filename}' if fault.filename else ''}"
        parts = {"rule": message}
    else:
        raise fault
    if as_json:
        import json

        message = json.dumps({"error": {"message": message, **parts}}, ensure_ascii=False, default=str)
    else:
        message = f"salience: {' '.join(message.split())}"
    print(message, file=sys.stderr)
    return status
