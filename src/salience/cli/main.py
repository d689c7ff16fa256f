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
    except (ValueError, OSError, RuntimeError) as fault:
        return _tell(fault, as_json="--json" in words)


def kinds_of(verb: Verb) -> tuple[Verb, ...]:
    """The kinds of a verb that has some, e.g. the tasks of `bench`."""
    return tuple(getattr(import_module(verb.module), "KINDS", ()))


def parser_of(verb: Verb, kind: Verb | None = None) -> Parser:
    """The parser of one verb or kind of it, with the two options that every verb has."""
    parser = Parser(f"salience {verb.name} {kind.name}" if kind else f"salience {verb.name}", (kind or verb).line)
    for part in (kind, verb):
        if part and hasattr(module := import_module(part.module), "add"):
            module.add(parser)
    parser.add_argument("--home", metavar="DIR", help="the workspace folder; else the environment's SALIENCE_HOME")
    parser.add_argument("--json", action="store_true", help="answer, and fail, in JSON")
    return parser


def overview(verb: Verb | None = None) -> str:
    """What `salience --help` prints, or `salience VERB --help` of a verb with kinds."""
    if verb is None:
        usage, listed = "salience VERB", VERBS
        about = "An open-source personalization engine: collect, learn, recommend, prove it helped, learn again."
        last = "Every verb takes --home DIR, --json and --help. Start with `salience demo`."
    else:
        usage, listed = f"salience {verb.name} KIND", kinds_of(verb)
        about = f"{verb.line[0].upper()}{verb.line[1:]}."
        last = f"Every kind takes --home DIR, --json and --help: `salience {verb.name} {listed[0].name} --help`."
    width = max(len(one.name) for one in listed)
    lines = [f"  {one.name:<{width}}  {one.line}" for one in listed]
    return "\n".join([f"usage: {usage} [options]", "", about, "", *lines, "", last])


def _answer(words: list[str]) -> int:
    leading, rest = _split(words)
    if "--version" in leading:
        from salience import __version__

        print(f"salience {__version__}")
        return DONE
    if not rest or "--help" in leading or "-h" in leading:
        print(overview(), file=sys.stdout if leading else sys.stderr)
        return DONE if leading else WRONG_USAGE
    verb, kind, rest = _find(VERBS, rest[0], "command", "salience"), None, rest[1:]
    if kinds := kinds_of(verb):
        between, rest = _split(rest)
        leading += between
        if not rest:
            asked = "--help" in leading or "-h" in leading
            print(overview(verb), file=sys.stdout if asked else sys.stderr)
            return DONE if asked else WRONG_USAGE
        kind, rest = _find(kinds, rest[0], "kind", f"salience {verb.name}"), rest[1:]
    try:
        args = parser_of(verb, kind).read([*leading, *rest])
    except SystemExit:  # --help was printed
        return DONE
    status = import_module((kind or verb).module).run(args)
    sys.stdout.flush()  # a closed pipe shows here, where it is caught
    return int(status)


def _find(known: Sequence[Verb], word: str, parameter: str, of: str) -> Verb:
    """The verb or kind of this name; `InvalidInput` with the nearest ones, or all, where there is none."""
    found = next((one for one in known if one.name == word), None)
    if found is None:
        from salience.events.fault import InvalidInput

        names = [one.name for one in known]
        rule = f"not a {'verb' if known is VERBS else 'kind'} of {of}"
        raise InvalidInput(parameter, word, rule, did_you_mean(word, names, f"one of {', '.join(names)}"))
    return found


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    """What stands before the verb (`salience --home shop models`), and the verb with the rest."""
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] == "--home" else 1
    return words[:at], words[at:]


def _tell(fault: ValueError | OSError | RuntimeError, *, as_json: bool) -> int:
    """One line on stderr. A fault that is neither the caller's nor the store's is a bug: raised again, with trace."""
    from salience.events.fault import InvalidInput
    from salience.store.faults import Damaged, Unavailable

    if isinstance(fault, InvalidInput):
        status, message = WRONG_USAGE, str(fault)
        parts = {"parameter": fault.parameter, "value": fault.value, "rule": fault.rule, "way_out": fault.way_out}
    elif isinstance(fault, OSError):
        status, message = FAILED, f"{fault.strerror or fault}{f': {fault.filename}' if fault.filename else ''}"
        parts = {"rule": message}
    elif isinstance(fault, Unavailable | Damaged):
        status, message = FAILED, str(fault)
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
