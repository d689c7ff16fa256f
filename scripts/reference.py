"""Write the pages that are generated from the code: docs/reference/cli.md and docs/reference/settings.md.

`--check` writes nothing and fails if a page is not what the code says (a test runs it).
"""

from __future__ import annotations

import argparse
import ast
import inspect
import sys
from itertools import pairwise
from pathlib import Path

import msgspec

from salience import settings
from salience.cli.main import kinds_of, parser_of
from salience.cli.verbs import VERBS, Verb

PAGES = Path(__file__).parents[1] / "docs" / "reference"
MADE = "<!-- Made by `make docs` from the code; edit the code instead. -->\n"


CLI = """# Command line

`salience VERB ...`. Every verb also takes `--home DIR` (the workspace folder; else the environment's `SALIENCE_HOME`),
`--json` (answer, and fail, in JSON) and `--help`. `salience --version` says which one runs.

Exit status: 0 done, 1 failed, 2 wrong usage, 130 stopped with Ctrl-C.

| verb | what it does |
|---|---|"""

SETTINGS = """# Settings

They stand in `salience.toml` inside the workspace folder and are read once, at the start. A variable of the
environment, `SALIENCE_` and the key in capitals, wins over the file. A key that does not exist is refused.

```toml
explore = 0.02
layout_policy = "thompson"
```

| key | values | default | meaning |
|---|---|---|---|"""


def cli_page() -> str:
    lines = [f"| [`{verb.name}`](#{verb.name}) | {verb.line} |" for verb in VERBS]
    return "\n".join([MADE, CLI, *lines, "", *(verb_part(verb) for verb in VERBS)])


def verb_part(verb: Verb) -> str:
    kinds = kinds_of(verb)
    if not kinds:
        return part(verb)
    head = f"## {verb.name}\n\n{verb.line[0].upper()}{verb.line[1:]}.\n"
    return "\n".join([head, *(part(verb, kind) for kind in kinds)])


def part(verb: Verb, kind: Verb | None = None) -> str:
    one = kind or verb
    parser = parser_of(verb, kind)
    own = [action for action in parser.options() if not {"--help", "--home", "--json"} & set(action.option_strings)]
    names = [positional(action) for action in own if not action.option_strings]
    needed = [option(action) for action in own if action.option_strings and action.required]
    more = ["[options]"] if len(names) + len(needed) < len(own) else []
    usage = " ".join([parser.prog, *names, *needed, *more])
    rows = "".join(f"| `{option(action)}` | {action.help} |\n" for action in own)
    table = f"\n| argument | meaning |\n|---|---|\n{rows}" if rows else ""
    head = f"### {verb.name} {kind.name}" if kind else f"## {verb.name}"
    return f"{head}\n\n{one.line[0].upper()}{one.line[1:]}.\n\n```\n{usage}\n```\n{table}"


def positional(action: argparse.Action) -> str:
    name = str(action.metavar or action.dest)
    return {"?": f"[{name}]", "+": f"{name}...", "*": f"[{name}...]"}.get(str(action.nargs), name)


def option(action: argparse.Action) -> str:
    if not action.option_strings:
        return positional(action).replace("|", "\\|")
    value = "" if action.nargs == 0 else f" {action.metavar or action.dest.upper()}"
    return (action.option_strings[-1] + value).replace("|", "\\|")


def settings_page() -> str:
    meanings = docstrings(settings.Settings)
    rows = [
        f"| `{field.name}` | {allowed(field.type)} | `{toml(field.default)}` | {meanings[field.name]} |"
        for field in msgspec.inspect.type_info(settings.Settings).fields
    ]
    return "\n".join([MADE, SETTINGS, *rows, ""])


def docstrings(kind: type) -> dict[str, str]:
    """Field -> the text under it."""
    body = ast.parse(inspect.getsource(kind)).body[0].body
    found = {}
    for field, text in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
            found[field.target.id] = " ".join(text.value.value.split())
    return found


def allowed(kind: object) -> str:
    match kind:
        case msgspec.inspect.Metadata():
            return allowed(kind.type)
        case msgspec.inspect.BoolType():
            return "true, false"
        case msgspec.inspect.LiteralType():
            return ", ".join(f"`{value}`" for value in kind.values)
        case msgspec.inspect.StrType():
            return f"text of {kind.min_length} to {kind.max_length} letters, digits, `_`, `-`"
        case msgspec.inspect.VarTupleType() | msgspec.inspect.StructType():
            return "as in [recommend](../verbs/recommend.md)"
        case msgspec.inspect.UnionType():
            (of,) = (one.cls.__name__ for one in kind.types if isinstance(one, msgspec.inspect.StructType))
            return {"Provider": "as in [sign-in](../sign-in.md)", "Controller": "as in [privacy](../privacy.md)"}[of]
        case msgspec.inspect.IntType():
            return f"whole number, {kind.ge} to {kind.le}"
        case msgspec.inspect.FloatType(gt=None):
            return f"{kind.ge:g} to {kind.le:g}"
        case msgspec.inspect.FloatType():
            return f"above {kind.gt:g}, up to {kind.le:,g}"
    raise SystemExit(f"reference.py has no words for {kind}")


def toml(value: object) -> str:
    return "none" if value is None else msgspec.json.encode(value).decode()


def main() -> int:
    pages = {"cli.md": cli_page(), "settings.md": settings_page()}
    stale = [name for name, text in pages.items() if not same(PAGES / name, text)]
    if "--check" in sys.argv:
        for name in stale:
            print(f"docs/reference/{name} is not what the code says; run: make docs", file=sys.stderr)
        return 1 if stale else 0
    for name in stale:
        (PAGES / name).write_text(pages[name], encoding="utf-8")
        print(f"wrote docs/reference/{name}")
    return 0


def same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    raise SystemExit(main())
