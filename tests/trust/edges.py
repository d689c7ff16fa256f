"""Marks of the edge: what a body may set, what is never told again, forms of other sites, sizes, SQL, patterns,
framing, scripts in what people see."""

from __future__ import annotations

import ast
import gzip
import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from starlette.responses import Response

from salience import Engine
from salience.collect import accept as door
from salience.collect import decode as decoding
from salience.collect.limits import SECRET as ROOM
from salience.collect.limits import Malformed
from salience.console.demo import routes
from salience.serve import faults, headers, limits
from salience.serve.app import app
from salience.serve.fault import HttpFault
from salience.serve.protocol import Careful
from salience.serve.run import background
from salience.store import home
from tests.console.shop import ARGUMENTS, KEY, chromium
from tests.house import test_ban
from tests.serve import test_bad_inputs as inputs
from tests.serve.site import SECRET, WRITE, open_site
from tests.trust.access import operations
from tests.trust.marks import Mark, NotRun, Patch, expect, mark

NEVER = (
    "tenant",
    "tenant_id",
    "workspace",
    "role",
    "is_admin",
    "key",
    "score",
    "is_bot",
    "bot",
    "seq",
    "crc",
    "public",
)


def assignment(_folder: Path, long: bool) -> str:
    """S03: what a body says of workspace, role, score, arrival or source changes nothing that is stored."""
    with open_site() as site:
        good: dict[str, Any] = {"kind": "click", "anonymous": "v", "item": "green"}
        forbidden = [{**good, "id": f"f-{name}", name: 1} for name in NEVER]
        taken = site.post("/v1/collect", {"events": forbidden}, WRITE).json()
        expect(taken["stored"] == 0 and taken["failed"] == len(NEVER), f"taken although nobody may set it: {taken}")
        ours = {**good, "id": "ours", "received": 1, "source": "elsewhere"}
        site.post("/v1/collect", {"events": [ours]}, WRITE)
        found = site.engine.log.find("ours")
        stored = found[1] if found else None
        expect(stored is None or (stored.received > 1 and stored.source == "http"), f"stored as it was sent: {stored}")
        forged = {"kind": "decision", "id": "d", "anonymous": "v", "items": [], "rung": "model", "seed": 1, "as_of": 1}
        mine = site.post("/v1/collect", {"events": [forged]}, SECRET).json()
        expect(mine["stored"] == 0, "a decision can be sent in from outside")
        track = {"messageId": "t", "anonymousId": "v", "event": "Product Clicked", "properties": {"sku": "green"}}
        site.post("/v1/track", {**track, **dict.fromkeys(NEVER, 1)}, WRITE)
        expect(site.engine.pulse().balanced, "the ledger does not balance")
    return f"{len(NEVER)} names refused, arrival and source are ours, no decision from outside"


def once(folder: Path, long: bool) -> str:
    """S04: a key is told when it is made and never again, by no route and no file."""
    made = home.create(folder / "shop")
    with (
        Engine.open(folder / "shop") as engine,
        background(app(engine, _keys(made))) as address,
        httpx.Client(base_url=address, timeout=20) as client,
    ):
        given = {"Authorization": f"Bearer {made.secret_key}", "Content-Type": "application/json"}
        answers = [client.request(m, path, content=b"{}", headers=given).text for m, path, _ in operations(client)]
        answers += [client.get(path).text for path in ("/openapi.json", "/docs")]
    kept = "".join(path.read_bytes().decode("latin-1") for path in folder.rglob("*") if path.is_file())
    told = [key for key in (made.write_key, made.secret_key) if any(key[3:] in text for text in (*answers, kept))]
    expect(not told, "a key was told again")
    return f"{len(answers)} answers and every file searched: 0 keys"


def _keys(made: Any) -> Any:
    opened = home.open(made.home, read_only=True)
    return opened.keys.check


def forms(_folder: Path, long: bool) -> str:
    """S08: no cookie anywhere, nothing changes on GET, and no form of another site does anything."""
    with open_site() as site:
        before, tried = site.engine.log.last(), 0
        for method, path, _right in operations(site.client):
            for media in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"):
                given = {"Content-Type": media, "Origin": "https://evil.example"}
                body = b'{"events":[{"kind":"click","id":"x","anonymous":"v","item":"green"}]}'
                answer = site.client.request(method, path, content=body, headers=given)
                expect("set-cookie" not in answer.headers, f"{path} sets a cookie")
                tried += 1
            read = site.client.get(path, headers={"Authorization": f"Bearer {SECRET}"})
            expect("set-cookie" not in read.headers, f"{path} sets a cookie")
        expect(site.engine.log.last() == before, "a form or a GET changed the log")
    return f"{tried} forms of another site and a GET of every route: 0 changes, 0 cookies"


def sizes(_folder: Path, long: bool) -> str:
    """S10: body, unpacked body, depth, names, event and list: refused at the bound, taken below it."""

    def event(**more: Any) -> dict[str, Any]:
        return {"kind": "click", "id": "s", "anonymous": "v", "item": "green", **more}

    deep = b'{"events":[' + b"[" * (ROOM.depth + 2) + b"]" * (ROOM.depth + 2) + b"]}"
    whole = {
        "body": (b" " * (ROOM.body + 1), {}, 413),
        "unpacked body": (gzip.compress(b" " * (ROOM.body + 1)), {"Content-Encoding": "gzip"}, 413),
        "depth": (deep, {}, 400),
        "events": (json.dumps({"events": [{}] * (ROOM.events + 1)}).encode(), {}, 413),
    }
    alone = {
        "names": event(context={f"n{n}": 1 for n in range(ROOM.properties + 1)}),
        "event": event(context={f"n{n}": "x" * 1000 for n in range(200)}),
        "id": event(id="x" * 257),
        "text": {"kind": "message", "id": "s", "anonymous": "v", "text": "x" * 16_385},
    }
    with open_site() as site:
        for name, (body, given, status) in whole.items():
            answer = site.post("/v1/collect", body, SECRET, **given)
            expect(answer.status_code == status, f"{name}: {answer.status_code} instead of {status}")
        for name, one in alone.items():
            answer = site.post("/v1/collect", {"events": [one]}, SECRET)
            expect(answer.json().get("failed") == 1, f"{name}: {answer.text[:100]}")
        fits = event(id="fits", context={f"n{n}": 1 for n in range(ROOM.properties)})
        stored = site.post("/v1/collect", {"events": [fits]}, SECRET).json()["stored"]
        expect(stored == 1, "a body that fits is refused")
        asked = site.post("/v1/recommend", {"anonymous": "v", "k": 1001}, SECRET)
        expect(asked.status_code == 422, f"a page of 1,001: {asked.status_code}")
    return f"{len(whole) + len(alone) + 1} bounds hold, and what fits is taken"


SQL = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|COPY)\b")


def built_of_names(source: str) -> Iterator[int]:
    """Lines where a statement is put together of more than constants, and nobody wrote down why that is safe."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr) and SQL.search(ast.unparse(node)):
            last = node.end_lineno or node.lineno
            if not any("noqa: S608" in line for line in lines[node.lineno - 1 : last + 1]):
                yield node.lineno


def statements(_folder: Path, long: bool) -> str:
    """S12: SQL out of data stays data: found again under the very text that it was stored under."""
    store = test_ban.SOURCE / "store"
    loose = [f"{p.name}:{n}" for p in store.rglob("*.py") for n in built_of_names(p.read_text("utf-8"))]
    expect(not loose, f"statements put together without a reason: {loose[:3]}")
    texts = ["' OR 1=1--", "'; DROP TABLE events; --", '" OR ""="', "\\'; DELETE FROM events", "1); --", "%' OR '1'='1"]
    with open_site() as site:
        for text in texts:
            named = {"user": text, "session": text, "item": text, "decision": text, "slot": text}
            event = {"kind": "click", "id": text, **named}
            taken = site.post("/v1/collect", {"events": [event]}, SECRET).json()
            expect(taken["stored"] == 1, f"{text!r} was refused: {taken}")
            found = site.engine.log.find(text)
            expect(found is not None and found[1].user == text, f"{text!r} cannot be found again")
            expect(len(site.engine.log.of_subject(text, limit=9)) == 1, f"{text!r} finds other people's rows")
            site.post("/v1/recommend", {"user": text, "slot": text, "exclude": [text]}, SECRET)
        expect(site.engine.pulse().balanced, "the ledger does not balance")
    return f"{len(texts)} statements in 6 fields each: stored and found as text; no statement built of names"


def patterns(_folder: Path, long: bool) -> str:
    """S16: no pattern comes out of data, so none can be made to run for ever."""
    found, count = [], 0
    for path in sorted(test_ban.SOURCE.rglob("*.py")):
        for node in _inside_functions(ast.parse(path.read_text(encoding="utf-8"))):
            if ast.unparse(node.func) in PATTERN_CALLS and node.args:
                count += 1
                found += [] if _written(node.args[0]) else [f"{path.name}:{node.lineno}"]
    expect(not found, f"patterns that are put together: {found[:5]}")
    return f"{count} patterns in the source, all of them written there"


PATTERN_CALLS = {f"re.{name}" for name in ("compile", "match", "search", "fullmatch", "sub", "split", "findall")}


def _inside_functions(tree: ast.AST) -> set[ast.Call]:
    """Calls that run after the import, when there may be data."""
    functions = [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    ]
    return {node for function in functions for node in ast.walk(function) if isinstance(node, ast.Call)}


def _written(node: ast.expr) -> bool:
    """Whether a pattern stands in the source: text, a constant, what `re.escape` made harmless, joined of such."""
    match node:
        case ast.BinOp():
            return _written(node.left) and _written(node.right)
        case ast.JoinedStr():
            return all(_written(part.value if isinstance(part, ast.FormattedValue) else part) for part in node.values)
        case ast.Call():
            return ast.unparse(node.func) == "re.escape"
        case ast.Name():
            return node.id.lstrip("_").isupper()
    return isinstance(node, ast.Constant)


def framing(_folder: Path, long: bool) -> str:
    """S28: every ambiguous frame of the list is refused and the line closed."""
    wrong = []
    with open_site() as site:
        for name, (statuses, request) in inputs.FRAMING.items():
            answer = inputs.raw(site, request())
            if not answer.startswith(b"HTTP/1.1 ") or int(answer[9:12]) not in statuses or b"\r\nHTTP/1.1 " in answer:
                wrong.append(f"{name}: {answer[:40]!r}")
    expect(not wrong, f"{wrong[:3]}")
    return f"{len(inputs.FRAMING)} frames that two servers would read differently: all refused, one answer each"


def _payloads() -> list[str]:
    """Sixty ways to put a script into a page."""
    calls = ["alert(1)", "top.x=1", "fetch('/x')"]
    shapes = [
        "<script>{}</script>", "<img src=x onerror={}>", "<svg onload={}>", "\"><script>{}</script>", "'-{}-'",
        "javascript:{}", "<iframe srcdoc='<script>{}</script>'>", "<a href=\"javascript:{}\">x</a>",
        "<body onload={}>", "<details open ontoggle={}>", "<input autofocus onfocus={}>", "</title><script>{}</script>",
        "<math><mtext><script>{}</script></mtext></math>", "{{{{constructor.constructor('{}')()}}}}",
        "<scr\x00ipt>{}</scr\x00ipt>".replace("\x00", ""), "<style>@import 'javascript:{}';</style>",
        "<object data=\"data:text/html,<script>{}</script>\">", "<video><source onerror={}></video>",
        "<form action=\"javascript:{}\"><button>x</button></form>",
        "<meta http-equiv=refresh content=\"0;url=javascript:{}\">",
    ]  # fmt: skip
    return [shape.format(call) for shape in shapes for call in calls]


def _noted(ran: list[str], dialog: Any) -> None:
    ran.append(dialog.message)
    dialog.dismiss()


def scripts(_folder: Path, long: bool) -> str:
    """S17: payloads as titles, categories and searches, on every screen, in a real browser: none runs."""
    from playwright.sync_api import sync_playwright

    if chromium() is None:
        raise NotRun("there is no Chromium here")
    payloads = _payloads()
    events: list[dict[str, Any]] = [
        {"kind": "item", "id": f"x-{n}", "item": f"x-{n}", "title": text[:1000], "categories": [text[:100]]}
        for n, text in enumerate(payloads)
    ]
    events += [{"kind": "click", "id": f"c-{n}", "user": f"u-{n % 7}", "item": f"x-{n}"} for n in range(len(payloads))]
    ran: list[str] = []
    screens = ("/?lang=en", "/?lang=zh", "/docs")
    with Engine.in_memory() as engine, sync_playwright() as playwright:
        engine.collect(events, source="test")
        site = app(engine, lambda key: "write" if key == KEY else None, pages=routes(engine, KEY))
        with background(site) as address:
            browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
            for screen in screens:
                page = browser.new_page()
                page.on("dialog", partial(_noted, ran))
                page.goto(address + screen)
                if screen.startswith("/?"):
                    page.wait_for_selector("html[data-ready]")
                    page.wait_for_selector("#browse .film")
                ran += ["x was set"] if page.evaluate("window.x === 1") else []
                strange = page.evaluate(
                    "[...document.querySelectorAll('script:not([src]), iframe, object, [onerror], [onload]')].length"
                )
                expect(strange == 0, f"{screen}: {strange} live elements out of data")
                page.close()
            browser.close()
    expect(not ran, f"{len(ran)} scripts ran")
    return f"{len(payloads)} payloads x {len(screens)} screens: 0 ran, 0 became elements"


def _without(one: Any) -> Any:
    told = json.loads(bytes(one)) if not isinstance(one, dict) else one
    return {name: value for name, value in told.items() if name not in NEVER}


def _trusting_door(patch: Patch) -> None:
    real = door.accept

    def accept(batch: Any, **named: Any) -> Any:
        return real([_without(one) for one in getattr(batch, "events", batch)], **named)

    from salience.engine import collecting

    patch(collecting, "accept", accept)


def _talkative(patch: Patch) -> None:
    def answer(error: Exception, request_id: str) -> Response:
        return Response(_talk(), 400)

    patch(faults, "answer", answer)


def _talk() -> str:
    import sys

    frame = sys._getframe()
    while frame.f_back is not None:
        frame = frame.f_back
        scope = frame.f_locals.get("scope")
        if isinstance(scope, dict):
            return str(scope.get("headers"))
    return ""


def _open_forms(patch: Patch) -> None:
    from salience.serve import keys

    patch(keys.Keys, "caller", lambda self, scope: ("secret", self.tenants[0]))
    patch(limits.Bounded, "_check_headers", lambda self, headers, room: None)


def _boundless(patch: Patch) -> None:
    patch(limits, "too_large", lambda value, room: HttpFault(200, "body", value, ""))
    patch(decoding, "TooLarge", Malformed)


def _loose(patch: Patch) -> None:
    """One statement built of names, without a reason."""
    real = Path.read_text

    def read(self: Path, *given: Any, **named: Any) -> str:
        return real(self, *given, **named).replace("noqa: S608", "")

    patch(Path, "read_text", read)


def _any_pattern(patch: Patch) -> None:
    """A pattern that comes in as an argument."""
    real = Path.read_text
    bad = "\ndef told(text, pattern):\n    return re.search(pattern, text)\n"
    patch(Path, "read_text", lambda self, *given, **named: real(self, *given, **named) + bad)


def _lenient(patch: Patch) -> None:
    patch(Careful, "_answer", lambda self, refusal: self.transport.close())


def _markup(patch: Patch) -> None:
    """The page shows what data says as markup, and no policy stands behind it."""
    from salience.console import demo

    folder = Path(tempfile.mkdtemp(prefix="salience-markup-")) / "static"
    shutil.copytree(demo.STATIC, folder)
    for path in folder.glob("*.js"):
        path.write_text(path.read_text("utf-8").replace(".textContent = ", ".innerHTML = "), "utf-8")
    patch(demo, "STATIC", folder)
    patch(headers, "_BY_NAME", {})


MARKS: tuple[Mark, ...] = (
    mark("S03", "what a body may set", assignment, {"trusting-door": _trusting_door}),
    mark("S04", "keys are told once", once, {"talkative": _talkative}),
    mark("S08", "forms of other sites", forms, {"open-forms": _open_forms}),
    mark("S10", "sizes", sizes, {"boundless": _boundless}),
    mark("S12", "SQL out of data", statements, {"loose": _loose}),
    mark("S16", "patterns out of data", patterns, {"any-pattern": _any_pattern}),
    mark("S17", "scripts out of data", scripts, {"markup": _markup}),
    mark("S28", "ambiguous frames", framing, {"lenient": _lenient}),
)
