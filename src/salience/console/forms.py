"""Forms and cookies of pages that people sign in to: small bodies, no script, and a token in every form."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from salience.console.demo import language_of
from salience.console.spoken import Language
from salience.events import InvalidInput

SESSION, FORM, TICKET = "__Host-salience", "__Host-salience-form", "__Host-salience-ticket"
"""`__Host-`: the browser takes them over HTTPS (or from this machine) alone, for this host alone, for every path."""
MOST = 16_384
POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)
_COOKIE = {"path": "/", "secure": True, "httponly": True, "samesite": "strict"}


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form; 16 KB at most, each name once."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        raise InvalidInput("Content-Type", "", "must be application/x-www-form-urlencoded")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST:
            raise InvalidInput("body", len(body), f"must be at most {MOST:,} bytes")
    try:
        found = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=20, errors="strict")
    except ValueError:
        raise InvalidInput("body", "", "must be a form in UTF-8") from None
    return {name: values[0] for name, values in found.items() if len(values) == 1}


def own(request: Request) -> bool:
    """Whether a browser says that the form stood on a page of this site. A browser that says nothing is left to the
    token."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin", "")
    return not origin or urlsplit(origin).netloc == request.headers.get("host", "")


def spoken(request: Request) -> Language:
    """The language of a request."""
    return language_of(request.query_params.get("lang", ""), request.headers.get("accept-language", ""))


def sealed(secret: bytes, what: str) -> str:
    """The token of a form that nobody has signed in for: bound to a cookie of the same browser.

    >>> sealed(b"k", "a") == sealed(b"k", "a"), sealed(b"k", "a") == sealed(b"k", "b")
    (True, False)
    """
    return hmac.new(secret, what.encode(), hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Whether two tokens are equal, in the same time for every answer; an empty one equals nothing."""
    return bool(one) and hmac.compare_digest(one.encode(), other.encode())


def set_cookie(answer: Response, name: str, value: str) -> None:
    """A cookie of this browser session that no script and no other site sees."""
    answer.set_cookie(name, value, **_COOKIE)  # type: ignore[arg-type]


def set_ticket(answer: Response, value: str, *, seconds: int) -> None:
    """A cookie that comes along when another site sends the browser back here, and in no form of another site."""
    answer.set_cookie(TICKET, value, max_age=seconds, **{**_COOKIE, "samesite": "lax"})  # type: ignore[arg-type]


def drop_cookie(answer: Response, name: str) -> None:
    """Take it back."""
    answer.delete_cookie(name, **_COOKIE)  # type: ignore[arg-type]
