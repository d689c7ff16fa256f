"""The sheet that every page for operators is written on. Whatever comes from data is escaped by who puts it in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse

from salience.console.forms import POLICY
from salience.console.spoken import Language, say

if TYPE_CHECKING:
    from salience.engine.signing_in import Session


def page(
    title: str,
    body: str,
    language: Language,
    session: Session | None,
    *,
    status: int = 200,
    fault: str = "",
    onward: str = "",
) -> HTMLResponse:
    """One page. ``title``: a word of `spoken`; ``body``: HTML; ``onward``: the address that the browser goes on to.

    A page that goes on is a new start: unlike a redirect it is held to no form's policy, and cookies that are for this
    site alone come along although another site sent the browser here.
    """
    heading = escape(say(title, language))
    out = ""
    if session is not None:
        out = (
            f'<form method="post" action="/console/sign-out"><input type="hidden" name="form" value="{session.form}">'
            f"<span>{escape(session.name)}</span> <button>{escape(say('sign out', language))}</button></form>"
        )
    said = f'<p class="fault" role="alert">{escape(fault)}</p>' if fault else ""
    onwards = f'<meta http-equiv="refresh" content="0; url={escape(onward)}">' if onward else ""
    html = (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'{onwards}<title>{heading} - Salience</title><link rel="icon" href="data:,">'
        '<link rel="stylesheet" href="/console/style.css"></head>'
        f'<body><header><a href="/console">Salience</a>{out}</header>'
        f"<main><h1>{heading}</h1>{said}{body}</main></body></html>"
    )
    return HTMLResponse(html, status, {"Content-Security-Policy": POLICY, "Content-Language": language})


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table of texts; it scrolls by itself on a narrow screen.

    >>> "<td>&lt;b&gt;</td>" in table(("a",), [("<b>",)])
    True
    """
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def section(title: str, body: str) -> str:
    """A part of a page; ``title`` is text, ``body`` HTML."""
    return f"<section><h2>{escape(title)}</h2>{body}</section>"
