"""`GET /salience.js`: the tag of browsers, without its comments; `/salience.source.js` is the same for readers."""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

SOURCE = Path(__file__).parent / "static" / "salience.js"

OPEN = {
    "Access-Control-Allow-Origin": "*",  # a page that pins the script by its hash has to fetch it with CORS
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "public, max-age=3600",
    "Vary": "Accept-Encoding",
}

_TOKEN = re.compile(
    r"""(?P<comment>/\*.*?\*/)"""
    r"""|(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
    r"""|(?P<pattern>(?<=[(,=:!&|?;])[ ]?/(?![*/])(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*)"""
    r"""|(?P<space>\s+)|(?P<word>[\w$]+)|(?P<sign>.)""",
    re.DOTALL | re.VERBOSE,
)


@dataclass(frozen=True)
class Script:
    """A script as it is sent. ``packed`` is its gzip form, ``tag`` names its content."""

    plain: bytes
    packed: bytes
    tag: str


def stripped(source: str) -> str:
    """A script without comments and needless white space; texts and patterns stay, and every line that must end.

    Knows what `SOURCE` uses: no line comments, no template literals, semicolons after statements.

    >>> stripped('let a = 1; /* one */\\nconst b = "/* no */  //";\\nif (a) {\\n  b.match(/ [/*] /u);\\n}')
    'let a=1;const b="/* no */  //";if(a){b.match(/ [/*] /u);}'
    """
    made: list[str] = []
    gap = False
    for token in _TOKEN.finditer(source):
        kind, text = token.lastgroup, token[0]
        if kind in ("comment", "space"):
            gap = True
            continue
        text = text.strip() if kind == "pattern" else text
        if gap and made and _joined(made[-1][-1], text[0]):
            made.append(" ")
        made.append(text)
        gap = False
    return "".join(made)


def _joined(before: str, after: str) -> bool:
    """Whether two characters would become one word or another sign if nothing stood between them."""
    return (
        (_wordly(before) and _wordly(after))
        or (before == after and before in "+-")
        or (before == "}" and _wordly(after))
    )


def _wordly(character: str) -> bool:
    return character.isalnum() or character in "_$"


@lru_cache(maxsize=2)
def script(*, readable: bool = False) -> Script:
    """The tag. Read once; it changes with the program only."""
    text = SOURCE.read_text(encoding="utf-8")
    plain = (text if readable else stripped(text)).encode()
    return Script(plain, gzip.compress(plain, 9, mtime=0), f'"{hashlib.sha256(plain).hexdigest()[:32]}"')


async def respond(request: Request) -> Response:
    """The script; 304 if the caller has it already."""
    found = script(readable=request.url.path.endswith(".source.js"))
    headers = OPEN | {"ETag": found.tag}
    if found.tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(found.packed, media_type="text/javascript", headers=headers | {"Content-Encoding": "gzip"})
    return Response(found.plain, media_type="text/javascript", headers=headers)


ROUTES = tuple(Route(path, respond, methods=["GET"]) for path in ("/salience.js", "/salience.source.js"))
