"""Marks of restraint: before consent the tag does nothing (P24); with it, only what is documented, and the door keeps
no more than it needs (P26)."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from salience import Engine
from salience.collect import rules
from salience.events import Action
from salience.prepare.fold import fold
from salience.serve import tag
from salience.serve.app import app
from salience.serve.run import background
from salience.store import home
from salience.store.scan import found_in
from tests.console.shop import ARGUMENTS, chromium
from tests.serve.tag.host import OPEN
from tests.serve.tag.test_consent import NOTHING, STORED
from tests.trust.marks import Mark, NotRun, Patch, expect, mark

WATCHED = """
window.__read = [];
const told = (where, names) => names.forEach((name) => {
  const real = where && Object.getOwnPropertyDescriptor(where, name);
  if (!real || !real.configurable) return;
  const note = (work) => work && function () { window.__read.push(name); return work.apply(this, arguments); };
  Object.defineProperty(where, name, real.get ? {...real, get: note(real.get), set: note(real.set)}
    : {...real, value: note(real.value)});
});
told(Document.prototype, ['cookie']);
told(Storage.prototype, ['setItem']);
told(IDBFactory.prototype, ['open']);
told(HTMLCanvasElement.prototype, ['toDataURL', 'toBlob', 'getContext']);
told(CanvasRenderingContext2D.prototype, ['getImageData', 'measureText']);
told(WebGLRenderingContext.prototype, ['getParameter', 'getSupportedExtensions']);
told(Navigator.prototype, ['plugins', 'mimeTypes', 'hardwareConcurrency', 'deviceMemory', 'languages', 'language',
  'platform', 'userAgent', 'userAgentData', 'maxTouchPoints', 'connection', 'getBattery', 'geolocation',
  'mediaDevices', 'permissions', 'sendBeacon']);
told(Screen.prototype, ['width', 'height', 'colorDepth', 'pixelDepth', 'availWidth', 'availHeight']);
told(Intl.DateTimeFormat.prototype, ['resolvedOptions']);
told(Date.prototype, ['getTimezoneOffset']);
told(FontFaceSet.prototype, ['check']);
told(window, ['OfflineAudioContext', 'AudioContext', 'RTCPeerConnection']);
"""
"""Notes every write to storage and every read by which a browser is told from others."""

_BODY = (
    "<div data-salience-slot=row data-salience-decision=d-1><div data-salience-item=tea "
    'style="width:300px;height:90px">'
    "tea</div></div><a id=out href='https://other.example/x?token=secret'>out</a>"
    "<form id=ask name=ask action='javascript:void(0)'><input name=email value=ann@example.org><button id=send>send"
    "</button></form><script>for (const kind of ['click', 'submit'])"
    "addEventListener(kind, (event) => event.target.id != 'send' && event.preventDefault())</script>"
)


@contextmanager
def _shop() -> Iterator[tuple[Any, list[Any], Engine]]:
    """A tab that is watched, on a page with the tag, and all that it asks of a server."""
    from playwright.sync_api import sync_playwright
    from starlette.responses import HTMLResponse
    from starlette.routing import Route

    if chromium() is None:
        raise NotRun("there is no Chromium here")
    html = f"<!doctype html><title>Shop</title><link rel=icon href=data:,><body>{_BODY}<script src=/salience.js "
    page_ = Route("/host", lambda _: HTMLResponse(f"{html} data-key=wk></script>", headers=OPEN))
    requests: list[Any] = []
    with (
        Engine.in_memory() as engine,
        sync_playwright() as playwright,
        background(app(engine, lambda key: "write" if key == "wk" else None, pages=[page_])) as address,
    ):
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        page = browser.new_page()
        page.on("request", lambda request: requests.append(request))  # noqa: PLW0108 - it marks what it is given
        page.add_init_script(WATCHED)
        page.goto(f"{address}/host")
        yield page, requests, engine
        browser.close()


def _busy(page: Any) -> None:
    for name in ("[data-salience-item]", "#out", "#send"):
        page.click(name)
    page.mouse.wheel(0, 200)
    page.evaluate("history.pushState({}, '', '/host?next=1#/two'), salience.track('Quiz', {score: 3})")
    page.wait_for_timeout(1_300)


def silent(_folder: Path, long: bool) -> str:
    """P24: a visitor who has not chosen, and one who has refused, through everything that a page sees of people."""
    for refused in (False, True):
        with _shop() as (page, requests, engine):
            if refused:
                page.evaluate("salience.consent({analytics: false, personalisation: false})")
            _busy(page)
            expect(page.evaluate("window.__read") == [], f"read or written: {page.evaluate('window.__read')}")
            expect(page.evaluate(STORED) == NOTHING, f"stored: {page.evaluate(STORED)}")
            expect(page.context.cookies() == [], "a cookie was set")
            named = [r.url for r in requests if "/v1/" in r.url or re.search(r"[0-9a-f]{16}", r.url)]
            expect(not named, f"sent: {named[:3]}")
            expect(page.evaluate("salience.id()") == "", "there is an id")
            page.goto("about:blank")  # what leaves with the page would leave now
            page.wait_for_timeout(100)
            expect(not [r for r in requests if "/v1/" in r.url], "something left with the page")
            expect(engine.log.last() == 0, f"{engine.log.last()} events arrived")
    with _shop() as (page, requests, engine):  # the control: the same page does speak once it may
        page.evaluate("salience.consent({analytics: true})")
        _busy(page)
        expect(any("/v1/" in r.url for r in requests), "nothing is sent after consent: this check sees nothing")
        expect(page.evaluate("window.__read").count("setItem") > 0, "nothing is stored after consent")
    return "no cookie, storage, id, call or read that tells a browser from others, before consent and after a refusal"


def documented() -> dict[str, set[str]]:
    """Kind (and name) -> fields, as docs/tag.md promises them."""
    text = (Path(__file__).parents[2] / "docs" / "tag.md").read_text(encoding="utf-8")
    table = text.split("## What is collected")[1].split("## What counts as seen")[0]
    rows = [line.split("|")[1:4] for line in table.splitlines() if line.startswith("| `")]
    return {" ".join(re.findall(r"`(\w+)`", kind)): set(re.findall(r"`(\w+)`", fields)) for kind, _, fields in rows}


ALWAYS = {"kind", "id", "anonymous", "session", "time", "context"}
"""What docs/tag.md says of every event."""


def restrained(folder: Path, long: bool) -> str:
    """P26: what the tag sends is what is documented; what the door keeps is cut; what nobody knows is no feature."""
    fields = _captured()
    known = documented()
    expect(fields.keys() == known.keys(), f"sent and documented kinds differ: {fields.keys() ^ known.keys()}")
    for kind, found in fields.items():
        expect(found == known[kind], f"{kind}: sent and documented fields differ: {sorted(found ^ known[kind])}")
    _cut(folder / "shop")
    plain = Action(id="a", user="ann", name="Quiz", time=9, received=9)
    odd = Action(
        id="a", user="ann", name="Quiz", time=9, received=9, properties={"income": 9}, context={"faith": "x", "age": 7}
    )
    expect(fold(plain) == fold(odd), "an unknown property changes the state that features read")
    total = sum(len(found) for found in fields.values())
    return f"{len(fields)} kinds with {total} fields sent, all documented; addresses cut, no User-Agent kept"


def _captured() -> dict[str, set[str]]:
    """Every field that the tag sent, by kind: read off the wire."""
    with _shop() as (page, requests, _):
        page.evaluate("salience.consent({analytics: true})")
        for name in ("[data-salience-item]", "#out", "#send"):
            page.click(name)
        page.wait_for_timeout(2_600)
        page.evaluate("salience.consent({marketing: false})")
        page.evaluate("history.pushState({}, '', '/host#/two')")
        page.wait_for_timeout(1_300)
        bodies = [json.loads(r.post_data) for r in requests if "/v1/" in r.url and r.post_data]
    expect(all(body.keys() == {"sent", "events"} for body in bodies), "a body says more than when it was sent")
    found: dict[str, set[str]] = {}
    for event in (event for body in bodies for event in body["events"]):
        expect(event.get("context", {}).keys() <= {"webdriver"}, f"context: {event.get('context')}")
        kind = f"action {event['name']}" if event["kind"] == "action" else event["kind"]
        own = event.get("properties", event.keys() - ALWAYS)
        found.setdefault(kind, set()).update(own)
    return found


_ADDRESS, _AGENT, _V6 = "203.0.113.77", "Mozilla/5.0 (X11; Linux x86_64) Canary/126.4.7", "2001:db8:7:8:9::a"


def _cut(place: Path) -> None:
    """Addresses and User-Agents that a server's own events carry, and those of the call itself."""
    import httpx

    made = home.create(place)
    with (
        Engine.open(made.home) as engine,
        background(app(engine, lambda key: "secret" if key == "sk" else None)) as url,
    ):
        events = [
            {"kind": "view", "id": f"e{n}", "user": "ann", "item": "tea", "context": {"ip": ip, "user_agent": _AGENT}}
            for n, ip in enumerate((_ADDRESS, _V6))
        ]
        headers = {"Authorization": "Bearer sk", "User-Agent": _AGENT, "X-Forwarded-For": _ADDRESS}
        httpx.post(f"{url}/v1/collect", json={"events": events}, headers=headers).raise_for_status()
        said = json.dumps([event.context for event in engine.all_events()])
        for canary in (_ADDRESS, _V6, "Canary"):
            expect(canary not in said, f"{canary} is kept")
        expect("203.0.113.0" in said, "the network of an address is gone as well: this check sees nothing")
    words = [word.encode() for word in (_ADDRESS, _V6, "Canary/126.4.7")]
    hits = found_in(place, words)
    expect(not hits, f"kept in {', '.join(hits)}")


def _script(patch: Patch, before: str = "", old: str = "", new: str = "") -> None:
    plain = before.encode() + tag.script.__wrapped__().plain.replace(old.encode(), new.encode())
    expect(plain != tag.script.__wrapped__().plain, "the planted bug did not take")
    patch(tag, "script", lambda readable=False: tag.Script(plain, gzip.compress(plain, 9, mtime=0), '"x"'))


_LEAVING = (
    "fetch('/v1/collect?key=wk',{method:'POST',keepalive:true,"
    """body:'{"events":[{"kind":"page","id":"x1","anonymous":"v","page":"/"}]}'})"""
)
"""A good event that goes with the page: the browser tells nobody of it, the log does."""

MARKS: tuple[Mark, ...] = (
    mark(
        "P24",
        "before consent",
        silent,
        {
            "stores": lambda patch: _script(patch, "try{localStorage.setItem('x','1')}catch(_){}"),
            "cookie": lambda patch: _script(patch, "document.cookie='x=1';"),
            "reads": lambda patch: _script(patch, "document.createElement('canvas').getContext('2d');"),
            "sends": lambda patch: _script(patch, "fetch('/v1/collect?key=wk',{method:'POST',body:'{}'});"),
            "leaves": lambda patch: _script(patch, f"addEventListener('pagehide',()=>{_LEAVING});"),
        },
    ),
    mark(
        "P26",
        "no more than needed",
        restrained,
        {
            "more": lambda patch: _script(patch, "", 'kind:"page",page:', 'kind:"page",wide:innerWidth,page:'),
            "values": lambda patch: _script(patch, "", "form:attr(form", "said:1,form:attr(form"),
            "whole-address": lambda patch: patch(rules, "cut_address", lambda address: address),
            "agent": lambda patch: patch(rules, "_looked_at", lambda context, *_: context),
        },
    ),
)
