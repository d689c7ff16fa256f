"""The privacy desk: what waits for an officer, a person's standing, contested decisions, audit chain and papers."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Literal, cast, get_args

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from salience.console.sheet import page, section, table
from salience.console.spoken import Language, say
from salience.events import InvalidInput

if TYPE_CHECKING:
    from salience.engine import Engine
    from salience.engine.signing_in import Session

Word = Literal["record", "assessment", "notice", "parameters"]
Verdict = Literal["upheld", "changed", "withdrawn"]
NEWEST = 50
"""Rows of the audit chain that are shown."""


def sign_in(token: str, language: Language, provider: str = "") -> str:
    """The form of who is not signed in; ``provider``: where else they may."""
    name, password = escape(say("name", language)), escape(say("password", language))
    return (
        f'<form class="sheet" method="post" action="/console/sign-in"><input type="hidden" name="form" value="{token}">'
        f'<label>{name}<input name="name" autocomplete="username" maxlength="128" required autofocus></label>'
        f'<label>{password}<input name="password" type="password" autocomplete="current-password" maxlength="256" '
        f"required></label><button>{escape(say('sign in', language))}</button></form>"
        + (_elsewhere(provider, language) if provider else "")
    )


def home(engine: Engine, session: Session, language: Language, _request: Request, _given: dict[str, str]) -> Response:
    """What waits."""
    asked = [
        (say_light(one.light), one.request.right, one.request.law, f"{one.days_left:g}", one.request.id)
        for one in engine.requests()
        if one.light != "closed"
    ]
    heads = [say(word, language) for word in ("state", "right", "law", "due")]
    parts = [section(say("requests", language), table([*heads, "id"], asked) if asked else _none(language))]
    waiting = "".join(_review(engine, one.id, one.decision, session, language) for one in engine.reviews())
    parts.append(section(say("reviews", language), waiting or _none(language)))
    parts.append(section(say("person", language), _look_up(session, language)))
    surges = [(one.item, one.visitors) for one in engine.door.surges.found.values()]
    if surges:
        parts.append(
            section(say("surges", language), table([say("item", language), say("visitors", language)], surges))
        )
    links = "".join(
        f'<li><a href="/console/papers/{name}">{escape(say(name, language))}</a></li>' for name in get_args(Word)
    )
    parts.append(section(say("papers", language), f"<ul>{links}</ul>"))
    parts.append(f'<p><a href="/console/audit">{escape(say("audit", language))}</a></p>')
    return page("home", "".join(parts), language, session)


def say_light(light: str) -> str:
    """A clock in a sign that needs no colour."""
    return {"green": "○ green", "red": "● red", "late": "▲ late"}.get(light, light)


def person(engine: Engine, session: Session, language: Language, _request: Request, given: dict[str, str]) -> Response:
    """What may be done with somebody's data, and what is said of them. Who looked is in the audit chain."""
    subject = given.get("id", "").strip()
    if not subject or len(subject) > 256:
        raise InvalidInput("id", subject[:20], "must have 1 to 256 characters")
    standing = engine.standing(subject)
    engine.note("looked up", about=engine.pseudonym(subject), actor=session.actor)
    uses = [(use.use, say("yes" if use.allowed else "no", language), use.because) for use in standing.uses]
    tags = [(tag.name, tag.value, tag.source) for tag in engine.tags(subject)]
    body = section(say("may", language), table([say("what", language), "", say("reason", language)], uses))
    body += section(say("tags", language), table(["", "", ""], tags) if tags else _none(language))
    return page("person", f"<p>{escape(subject)}</p>{body}", language, session)


def review(engine: Engine, session: Session, language: Language, _request: Request, given: dict[str, str]) -> Response:
    """A human decides: the account's name stands under it."""
    verdict = given.get("verdict", "")
    if verdict not in get_args(Verdict):
        raise InvalidInput("verdict", verdict[:20], f"must be one of {', '.join(get_args(Verdict))}")
    engine.decide_review(
        given.get("review", ""), cast("Verdict", verdict), reviewer=session.signed, why=given.get("why", "")[:4096]
    )
    return RedirectResponse(f"/console?lang={language}", 303)


def audit(engine: Engine, session: Session, language: Language, _request: Request, _given: dict[str, str]) -> Response:
    """Whether the chain is whole, and its newest rows."""
    wrong = engine.audit_check()
    told = say("broken", language, wrong) if wrong else say("whole", language)
    newest = engine.audit_trail(limit=-1)[-NEWEST:]
    rows = [(_when(row.at), row.actor, f"{row.action} {row.detail}".strip()) for row in reversed(newest)]
    heads = [say(word, language) for word in ("when", "who", "what")]
    return page("audit", f"<p>{escape(told)}</p>{table(heads, rows)}", language, session)


def paper(engine: Engine, session: Session, language: Language, request: Request, _given: dict[str, str]) -> Response:
    """A paper from the running system, as text."""
    name = request.path_params["name"]
    if name not in get_args(Word):
        raise InvalidInput("paper", name[:20], f"must be one of {', '.join(get_args(Word))}")
    found = engine.paper(cast("Word", name))
    return page(name, f"<pre>{escape(found.text)}</pre>", language, session)


def _review(engine: Engine, id: str, decision: str, session: Session, language: Language) -> str:
    why = engine.review_reason(next(one for one in engine.reviews() if one.id == id))
    choices = "".join(f'<option value="{one}">{escape(say(one, language))}</option>' for one in get_args(Verdict))
    return (
        f'<form class="sheet" method="post" action="/console/review">{_token(session)}'
        f'<input type="hidden" name="review" value="{escape(id)}"><p>{escape(say("decision", language))}: '
        f"<code>{escape(decision)}</code></p><blockquote>{escape(why)}</blockquote>"
        f'<label>{escape(say("verdict", language))}<select name="verdict">{choices}</select></label>'
        f'<label>{escape(say("why", language))}<input name="why" maxlength="4096" required></label>'
        f"<button>{escape(say('decide', language))}</button></form>"
    )


def _look_up(session: Session, language: Language) -> str:
    return (
        f'<form class="sheet" method="post" action="/console/person">{_token(session)}'
        f'<label>{escape(say("id", language))}<input name="id" maxlength="256" required></label>'
        f"<button>{escape(say('look up', language))}</button></form>"
    )


def _elsewhere(provider: str, language: Language) -> str:
    """A link, not a form: browsers hold what a form leads to against the policy of its page."""
    said = escape(say("sign in at", language, provider))
    return f'<p class="elsewhere"><a class="button" href="/console/provider">{said}</a></p>'


def _token(session: Session) -> str:
    return f'<input type="hidden" name="form" value="{session.form}">'


def _none(language: Language) -> str:
    return f'<p class="quiet">{escape(say("none", language))}</p>'


def _when(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
